import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { SourceInput } from './types';

const PATH = '/api/v1/sources';
const ONE = '/api/v1/sources/{id}';

export const sourcesQuery = queryOptions({
  queryKey: ['sources', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor } } }))),
});

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createSource = (body: SourceInput) => take(api.POST(PATH, { body }));

export const replaceSource = (id: string, body: SourceInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteSource = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
