import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { UserInput } from './types';

const PATH = '/api/v1/users';
const ONE = '/api/v1/users/{id}';

export const usersQuery = queryOptions({
  queryKey: ['users', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor, state: 'all' } } }))),
});

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createUser = (body: UserInput) => take(api.POST(PATH, { body }));

export const replaceUser = (id: string, body: UserInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteUser = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
