import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';

export const conversionQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'conversion-record', id],
    queryFn: () => take(api.GET('/api/v1/conversions/{id}', { params: { path: { id } } })),
  });

export const deleteConversions = (ids: string[], note: string) =>
  take(api.POST('/api/v1/conversions/delete', { body: { ids, note } }));

export const restoreConversions = (ids: string[], note: string) =>
  take(api.POST('/api/v1/conversions/restore', { body: { ids, note } }));
