import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { AlertInput } from './types';

const PATH = '/api/v1/alerts';
const ONE = '/api/v1/alerts/{id}';

/** How they stand changes by itself: looked at again while somebody watches. */
const WATCHED_MS = 10_000;

export const alertsQuery = queryOptions({
  queryKey: ['alerts', 'list'],
  queryFn: () => take(api.GET(PATH)),
  refetchInterval: WATCHED_MS,
});

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['alerts', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createAlert = (body: AlertInput) => take(api.POST(PATH, { body }));

export const replaceAlert = (id: string, body: AlertInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteAlert = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

/** Sends a test message to everybody who is told. */
export const testAlert = (id: string) => take(api.POST('/api/v1/alerts/{id}/test', { params: { path: { id } } }));
