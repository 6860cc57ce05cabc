import { queryOptions } from '@tanstack/react-query';
import { api, currentWorkspaceId, take } from './client';
import type { ScheduledExportInput } from './types';

const PATH = '/api/v1/scheduled-exports';
const ONE = '/api/v1/scheduled-exports/{id}';

/** Files come by themselves: looked at again while somebody watches. */
const WATCHED_MS = 5_000;

export const scheduledExportsQuery = queryOptions({
  queryKey: ['scheduled-exports', 'list'],
  queryFn: async () => (await take(api.GET(PATH))).items,
  refetchInterval: WATCHED_MS,
});

export const scheduledExportQuery = (id: string) =>
  queryOptions({
    queryKey: ['scheduled-exports', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createScheduledExport = (body: ScheduledExportInput) => take(api.POST(PATH, { body }));

export const replaceScheduledExport = (id: string, body: ScheduledExportInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteScheduledExport = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

/** Has a file written as soon as may be. */
export const runScheduledExport = (id: string) =>
  take(api.POST('/api/v1/scheduled-exports/{id}/run', { params: { path: { id } } }));

/** Where the browser fetches a file from. */
export function exportFileAddress(id: string, name: string): string {
  const query = new URLSearchParams({ name });
  const workspace = currentWorkspaceId();
  if (workspace) query.set('workspace', workspace);
  return `${PATH}/${id}/file?${query.toString()}`;
}
