import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { NetworkInput } from './types';

const PATH = '/api/v1/networks';
const ONE = '/api/v1/networks/{id}';

export const networksQuery = queryOptions({
  queryKey: ['networks', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor } } }))),
});

export const networkQuery = (id: string) =>
  queryOptions({
    queryKey: ['networks', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createNetwork = (body: NetworkInput) => take(api.POST(PATH, { body }));

export const replaceNetwork = (id: string, body: NetworkInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteNetwork = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

export const postbackUrlQuery = (id: string) =>
  queryOptions({
    queryKey: ['networks', 'postback-url', id],
    queryFn: () => take(api.GET('/api/v1/networks/{id}/postback-url', { params: { path: { id } } })),
  });

/** `overlap`: hours that the key of now works on; 0 ends it and all earlier ones. */
export const rotateKey = (id: string, version: number, overlap: number) =>
  take(
    api.POST('/api/v1/networks/{id}/rotate-key', {
      params: { path: { id } },
      body: { version, overlap_hours: overlap },
    }),
  );
