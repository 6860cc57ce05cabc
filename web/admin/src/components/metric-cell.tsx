import { formatMetric, type NumberLike, type NumberStyle } from '@/lib/format';
import { Signed } from './value';

/** Metrics whose sign says gain or loss. */
const SIGNED = /^(profit|roi|margin)/;

interface MetricCellProps {
  metric: NumberStyle & { key: string };
  value: NumberLike;
  currency: string;
}

export function MetricCell({ metric, value, currency }: MetricCellProps) {
  const text = formatMetric(value, metric, currency);
  if (value === null || value === undefined) return <span className="text-ink-faint">{text}</span>;
  return SIGNED.test(metric.key) ? <Signed value={value}>{text}</Signed> : <>{text}</>;
}
