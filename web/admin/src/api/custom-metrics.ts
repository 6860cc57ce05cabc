import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { CustomMetricInput } from './types';

const PATH = '/api/v1/metrics';
const ONE = '/api/v1/metrics/{id}';

export const customMetricsQuery = queryOptions({
  queryKey: ['reports', 'metrics'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor } } }))),
});

/** Whether a formula is understood; a mistake comes with its place. */
export const formulaQuery = (formula: string) =>
  queryOptions({
    queryKey: ['reports', 'formula', formula],
    queryFn: () => take(api.POST('/api/v1/metrics/check', { body: { formula } })),
    staleTime: Infinity,
  });

export const createCustomMetric = (body: CustomMetricInput) => take(api.POST(PATH, { body }));

export const replaceCustomMetric = (id: string, body: CustomMetricInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteCustomMetric = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
