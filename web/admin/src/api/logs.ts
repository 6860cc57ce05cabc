import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';

/** Which part of a log is wanted. */
export interface LogParams {
  from?: string | undefined;
  to?: string | undefined;
  limit?: number;
  cursor?: string | undefined;
  /** JSON array of filters. */
  filters?: string | undefined;
}

/** The fields that logs can be filtered by; fixed for a version of the program. */
export const logMetadataQuery = queryOptions({
  queryKey: ['logs', 'metadata'],
  queryFn: () => take(api.GET('/api/v1/logs/metadata')),
  staleTime: Infinity,
});

export const findClicks = (query: LogParams) => take(api.GET('/api/v1/logs/clicks', { params: { query } }));

export const findLandingClicks = (query: LogParams) =>
  take(api.GET('/api/v1/logs/landing_clicks', { params: { query } }));

export const findConversions = (query: LogParams) => take(api.GET('/api/v1/logs/conversions', { params: { query } }));

export const findPostbacks = (query: LogParams) => take(api.GET('/api/v1/logs/postbacks', { params: { query } }));

export const findDeliveries = (query: LogParams) => take(api.GET('/api/v1/logs/deliveries', { params: { query } }));

/** Every state a conversion has had. */
export const conversionHistoryQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'conversion', id],
    queryFn: () => take(api.GET('/api/v1/logs/conversions/{id}', { params: { path: { id } } })),
  });

/** One click by its id, however old; `null` when there is none. */
export const clickQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'click', id],
    queryFn: async () => {
      const { items } = await take(api.GET('/api/v1/logs/clicks', { params: { query: { click_id: id, limit: 1 } } }));
      return items[0] ?? null;
    },
  });
