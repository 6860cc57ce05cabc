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

/** Names of this page's requests begin with it, so that those of another page are others. */
const PAGE = crypto.getRandomValues(new Uint32Array(2)).reduce((text, number) => text + number.toString(36), 'page-');

/** The name under which a report is asked: the same for the same report. */
export function askedAs(body: ReportQuery): string {
  let hash = 0;
  for (const char of JSON.stringify(body)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return `${PAGE}-${hash.toString(36)}`;
}

export const runReport = (body: ReportQuery) =>
  take(api.POST('/api/v1/reports/query', { body, params: { query: { asked_as: askedAs(body) } } }));

/** How far a report is that is being made; asked again and again as long as somebody looks. */
export const reportProgressQuery = (body: ReportQuery) =>
  queryOptions({
    queryKey: ['reports', 'progress', body],
    queryFn: () => take(api.GET('/api/v1/reports/progress', { params: { query: { asked_as: askedAs(body) } } })),
    refetchInterval: 500,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

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
