import type { MetricInfo, Report } from '@/api/types';
import { TimeSeriesChart, type Series } from '@/components/time-series-chart';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Loading } from '@/components/ui/spinner';
import { Segmented } from '@/components/ui/toggle';
import { formatMetric } from '@/lib/format';
import { ChartLine } from 'lucide-react';
import { useState } from 'react';
import { pointsOf, type Step } from './series';

const VIEWS = {
  traffic: [
    { key: 'clicks', color: 'var(--series-1)', axis: 'left' },
    { key: 'conversions', color: 'var(--series-2)', axis: 'right' },
  ],
  money: [
    { key: 'revenue', color: 'var(--series-1)', axis: 'left' },
    { key: 'cost', color: 'var(--series-3)', axis: 'left' },
    { key: 'profit', color: 'var(--series-2)', axis: 'left' },
  ],
} as const;

interface TrendProps {
  report: Report | undefined;
  step: Step;
  metrics: readonly MetricInfo[];
  currency: string;
}

export function Trend({ report, step, metrics, currency }: TrendProps) {
  const [view, setView] = useState<keyof typeof VIEWS>('traffic');
  const series: Series[] = VIEWS[view].flatMap(item => {
    const metric = metrics.find(other => other.key === item.key);
    if (!metric) return [];
    return [
      {
        ...item,
        title: metric.title,
        decimals: metric.value_type !== 'count',
        format: (value: string | number | null) => formatMetric(value, metric, currency),
      },
    ];
  });
  const points = report
    ? pointsOf(
        report,
        step,
        series.map(item => item.key),
      )
    : [];
  const figures = (
    <Segmented
      label="Figures"
      size="sm"
      value={view}
      onChange={setView}
      options={[
        { value: 'traffic', label: 'Traffic' },
        { value: 'money', label: 'Money' },
      ]}
    />
  );
  return (
    <Card flush className="pb-3">
      {!report ? (
        <Loading />
      ) : report.rows.length === 0 ? (
        <EmptyState icon={<ChartLine />} title="No traffic in this range">
          Clicks appear here about a second after they happen. Choose a longer range to look back.
        </EmptyState>
      ) : (
        <TimeSeriesChart
          label={step === 'hour' ? 'figures by hour' : 'figures by day'}
          series={series}
          points={points}
          actions={figures}
        />
      )}
    </Card>
  );
}
