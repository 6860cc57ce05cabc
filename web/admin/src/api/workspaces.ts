import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { WorkspaceInput } from './types';

export const workspacesQuery = queryOptions({
  queryKey: ['workspaces', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET('/api/v1/workspaces', { params: { query: { limit: 500, cursor } } }))),
});

export const workspaceQuery = (id: string) =>
  queryOptions({
    queryKey: ['workspaces', 'one', id],
    queryFn: () => take(api.GET('/api/v1/workspaces/{id}', { params: { path: { id } } })),
  });

export const importRates = (id: string, version: number, text: string, keep: boolean) =>
  take(api.POST('/api/v1/workspaces/{id}/rates', { params: { path: { id } }, body: { version, text, take: keep } }));

export const createWorkspace = (body: WorkspaceInput) => take(api.POST('/api/v1/workspaces', { body }));

export const replaceWorkspace = (id: string, body: WorkspaceInput) =>
  take(api.PUT('/api/v1/workspaces/{id}', { params: { path: { id } }, body }));
