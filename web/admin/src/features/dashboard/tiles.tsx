import type { MetricInfo, Report } from '@/api/types';
import { Signed } from '@/components/value';
import { cn } from '@/lib/cn';
import { changePercent, formatChange, formatMetric } from '@/lib/format';
import { ArrowDownRight, ArrowUpRight } from 'lucide-react';

interface TilesProps {
  metrics: readonly MetricInfo[];
  report: Report | undefined;
  currency: string;
}

const SIGNED = new Set(['profit', 'roi']);

export function Tiles({ metrics, ...rest }: TilesProps) {
  return (
    <dl className="bg-line border-line shadow-card grid grid-cols-2 gap-px overflow-hidden rounded-lg border md:grid-cols-5 min-[1750px]:grid-cols-10">
      {metrics.map(metric => (
        <Tile key={metric.key} metric={metric} {...rest} />
      ))}
    </dl>
  );
}

function Tile({ metric, report, currency }: Omit<TilesProps, 'metrics'> & { metric: MetricInfo }) {
  const now = report?.totals.metrics[metric.key];
  const before = report?.totals.compare?.[metric.key];
  const text = formatMetric(now, metric, currency);
  const change = changePercent(now, before);
  return (
    <div className="bg-surface px-4 py-3" title={metric.description}>
      <dt className="text-ink-faint truncate text-xs font-medium">{metric.title}</dt>
      <dd>
        <span className="num mt-0.5 block truncate text-lg font-semibold tracking-tight">
          {SIGNED.has(metric.key) ? <Signed value={now}>{text}</Signed> : text}
        </span>
        <Change metric={metric.key} percent={change} was={formatMetric(before, metric, currency)} />
      </dd>
    </div>
  );
}

/** More cost, in all or for a click, is neither good nor bad by itself; more of everything else is good. */
function Change({ metric, percent, was }: { metric: string; percent: number | null; was: string }) {
  if (percent === null) return <span className="text-ink-faint num block text-2xs">before: {was}</span>;
  const Icon = percent < 0 ? ArrowDownRight : ArrowUpRight;
  const neutral = metric === 'cost' || metric === 'cpc' || percent === 0;
  return (
    <span
      title={`Was ${was} in the period before`}
      className={cn(
        'num flex items-center gap-0.5 text-2xs font-medium',
        neutral ? 'text-ink-faint' : percent > 0 ? 'text-positive' : 'text-negative',
      )}
    >
      {percent !== 0 && <Icon className="size-3" aria-hidden="true" />}
      {formatChange(percent)}
      <span className="text-ink-faint truncate font-normal">&nbsp;was {was}</span>
    </span>
  );
}
