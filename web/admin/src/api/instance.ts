import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';

export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: () => take(api.GET('/api/v1/instance')),
  staleTime: 30_000,
});

/** Words that forms offer; fixed for a version of the program. */
export const vocabularyQuery = queryOptions({
  queryKey: ['vocabulary'],
  queryFn: () => take(api.GET('/api/v1/vocabulary')),
  staleTime: Infinity,
});
