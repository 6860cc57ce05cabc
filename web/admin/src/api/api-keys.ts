import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { ApiKeyInput } from './types';

const PATH = '/api/v1/api-keys';
const ONE = '/api/v1/api-keys/{id}';

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor } } }))),
});

export const apiKeyQuery = (id: string) =>
  queryOptions({
    queryKey: ['api-keys', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createApiKey = (body: ApiKeyInput) => take(api.POST(PATH, { body }));

export const replaceApiKey = (id: string, body: ApiKeyInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteApiKey = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
