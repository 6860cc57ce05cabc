/** Values that conditions on dimensions can be chosen from. */
import { dimensionText } from '@/lib/dimension-text';
import { useQueries } from '@tanstack/react-query';
import { rangeBody, reportQuery } from './reports';
import { isCustom, useOwnNames } from './statuses';
import type { DimensionInfo, Report } from './types';

export interface ValueOption {
  value: string;
  label: string;
}

const VALUES_MAX = 300;

function optionsOf(report: Report | undefined, key: string): ValueOption[] {
  return (report?.rows ?? []).flatMap(row => {
    const value = row.keys[key];
    return value && value.id !== '' ? [{ value: value.id, label: dimensionText(key, value) }] : [];
  });
}

/** Values to filter dimensions by: the few that one can have, or those that occur in the range, the busiest first. */
export function useValueOptions(
  dimensions: readonly DimensionInfo[],
  range: string,
): Record<string, readonly ValueOption[]> {
  const open = dimensions.filter(info => info.values.length === 0);
  const reports = useQueries({
    queries: open.map(({ key }) =>
      reportQuery({
        dimensions: [key],
        metrics: ['clicks'],
        range: rangeBody(range),
        bots: 'include',
        limit: VALUES_MAX,
      }),
    ),
  });
  const own = useOwnNames();
  const few = dimensions.filter(info => info.values.length > 0);
  return Object.fromEntries([
    ...few.map(info => [
      info.key,
      info.values
        .filter(value => !isCustom(value) || own.has(value))
        .map(value => ({ value, label: own.get(value) || value.replaceAll('_', ' ') })),
    ]),
    ...open.map((info, index) => [info.key, optionsOf(reports[index]?.data, info.key)]),
  ]) as Record<string, readonly ValueOption[]>;
}
