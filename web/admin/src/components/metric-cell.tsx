import {
  formatChange,
  formatDecimal,
  formatMetric,
  toPlotNumber,
  changePercent,
  type NumberLike,
  type NumberStyle,
} from '@/lib/format';
import { cn } from '@/lib/cn';
import { Signed } from './value';

/** Metrics whose sign says gain or loss. */
const SIGNED = /^(profit|roi|margin)/;
/** Metrics of which more is neither good nor bad by itself. */
const NEUTRAL = /cost|cpc|cpa|cps|cpl|cpm|bot|reject|trash|time|period|custom_/;

interface MetricCellProps {
  metric: NumberStyle & { key: string };
  value: NumberLike;
  currency: string;
  /** The figure of the period compared with; absent: nothing is compared. */
  before?: NumberLike;
}

export function MetricCell({ metric, value, currency, before }: MetricCellProps) {
  const figure = <Figure metric={metric} value={value} currency={currency} />;
  if (before === undefined) return figure;
  return (
    <span
      className="inline-flex flex-col items-end leading-tight"
      title={`Before: ${formatMetric(before, metric, currency)}`}
    >
      <span>{figure}</span>
      <Change metric={metric} value={value} before={before} />
    </span>
  );
}

function Figure({ metric, value, currency }: MetricCellProps) {
  const text = formatMetric(value, metric, currency);
  if (value === null || value === undefined) return <span className="text-ink-faint">{text}</span>;
  return SIGNED.test(metric.key) ? <Signed value={value}>{text}</Signed> : <>{text}</>;
}

interface ChangeProps {
  metric: NumberStyle & { key: string };
  value: NumberLike;
  before: NumberLike;
}

/** How a figure differs from the one before: percentages by points, all else by per cent of what was. */
function Change({ metric, value, before }: ChangeProps) {
  const points = metric.value_type === 'percent';
  const [now, then] = [toPlotNumber(value), toPlotNumber(before)];
  const change = points ? (now === null || then === null ? null : now - then) : changePercent(value, before);
  if (change === null) {
    const fresh = !points && then === 0 && now !== null && now !== 0;
    return <span className="text-ink-faint text-2xs font-normal">{fresh ? 'new' : '—'}</span>;
  }
  const tone =
    NEUTRAL.test(metric.key) || change === 0 ? 'text-ink-faint' : change > 0 ? 'text-positive' : 'text-negative';
  return <span className={cn('text-2xs font-normal', tone)}>{points ? pointsText(change) : formatChange(change)}</span>;
}

function pointsText(change: number): string {
  const text = formatDecimal(Math.abs(change).toFixed(2), Math.abs(change) < 100 ? 1 : 0);
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${text} pp`;
}
