import type { MetricInfo } from '@/api/types';

const GROUPS = ['Your own', 'Counts', 'Rates', 'Money', 'Other'] as const;
type Group = (typeof GROUPS)[number];

function groupOf({ key, value_type }: MetricInfo): Group {
  if (key.startsWith('custom_')) return 'Your own';
  if (value_type === 'count') return 'Counts';
  if (value_type === 'percent') return 'Rates';
  return value_type === 'money' ? 'Money' : 'Other';
}

/** Metrics by what they are, groups without any left out. */
export function groupsOf(metrics: readonly MetricInfo[]): [Group, MetricInfo[]][] {
  return GROUPS.map((group): [Group, MetricInfo[]] => [group, metrics.filter(it => groupOf(it) === group)]).filter(
    ([, members]) => members.length > 0,
  );
}

/** Whether every word of the search stands somewhere in what is said about the metric. */
export function matches(metric: MetricInfo, query: string): boolean {
  const text = `${metric.title} ${metric.key} ${metric.formula} ${metric.description}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}
