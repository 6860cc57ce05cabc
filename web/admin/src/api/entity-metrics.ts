import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { rangeBody, reportMetadataQuery, runReport } from './reports';
import type { MetricInfo, MetricValue } from './types';

export type Metrics = Record<string, MetricValue>;

/** What lists of campaigns, destinations, sources and networks show beside the name, in this order. */
const LIST_METRICS = ['clicks', 'unique_clicks', 'conversions', 'cr', 'epc', 'revenue', 'cost', 'profit', 'roi'];

export interface EntityMetrics {
  byId: Map<string, Metrics>;
  totals: Metrics | undefined;
  columns: MetricInfo[];
  fetching: boolean;
  error: unknown;
}

/** Figures of every object of one dimension over a range, by id; refreshed while the page is open. */
export function useEntityMetrics(dimension: string, range: string): EntityMetrics {
  const { data: metadata } = useQuery(reportMetadataQuery);
  const columns = LIST_METRICS.flatMap(key => metadata?.metrics.find(metric => metric.key === key) ?? []);
  const report = useQuery({
    queryKey: ['reports', 'entity', dimension, range, columns.map(column => column.key)],
    queryFn: () =>
      runReport({
        dimensions: [dimension],
        metrics: columns.map(column => column.key),
        range: rangeBody(range),
        // As the dashboard and a fresh report count, so that the same campaign has the same figures everywhere.
        bots: 'exclude',
        limit: 10_000,
      }),
    enabled: columns.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const byId = new Map(report.data?.rows.map(row => [row.keys[dimension]?.id ?? '', row.metrics]));
  return {
    byId,
    totals: report.data?.totals.metrics,
    columns,
    fetching: report.isPlaceholderData,
    error: report.error,
  };
}
