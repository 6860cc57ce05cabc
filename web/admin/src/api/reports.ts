import { customRange } from '@/lib/range';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { ReportQuery } from './types';

/** Everything a report can be made of; fixed for a version of the program. */
export const reportMetadataQuery = queryOptions({
  queryKey: ['reports', 'metadata'],
  queryFn: () => take(api.GET('/api/v1/reports/metadata')),
  staleTime: Infinity,
});

export const runReport = (body: ReportQuery) => take(api.POST('/api/v1/reports/query', { body }));

/** A report; old figures stay visible while new ones come. */
export const reportQuery = (body: ReportQuery, refreshMs?: number) =>
  queryOptions({
    queryKey: ['reports', 'query', body],
    queryFn: () => runReport(body),
    placeholderData: keepPreviousData,
    staleTime: 5000,
    ...(refreshMs ? { refetchInterval: refreshMs } : {}),
  });

/** The range of a URL as the API wants it. */
export function rangeBody(text: string): NonNullable<ReportQuery['range']> {
  const custom = customRange(text);
  return custom ?? { token: text as NonNullable<NonNullable<ReportQuery['range']>['token']> };
}
