import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { OutputInput } from './types';

const PATH = '/api/v1/outputs';
const ONE = '/api/v1/outputs/{id}';

export const outputsQuery = queryOptions({
  queryKey: ['outputs', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor, state: 'all' } } }))),
});

export const outputQuery = (id: string) =>
  queryOptions({
    queryKey: ['outputs', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

/** Outputs whose receivers fail, so that they get nothing for a while. */
export const circuitsQuery = queryOptions({
  queryKey: ['outputs', 'circuits'],
  queryFn: () => take(api.GET('/api/v1/outputs/circuits')),
  refetchInterval: 15_000,
});

export const createOutput = (body: OutputInput) => take(api.POST(PATH, { body }));

export const replaceOutput = (id: string, body: OutputInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteOutput = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
