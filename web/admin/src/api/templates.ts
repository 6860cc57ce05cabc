import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';

/** Traffic sources that are known already; fixed for a version of the program. */
export const sourceTemplatesQuery = queryOptions({
  queryKey: ['templates', 'sources'],
  queryFn: () => take(api.GET('/api/v1/templates/sources')),
  staleTime: Infinity,
});

/** Affiliate networks that are known already; fixed for a version of the program. */
export const networkTemplatesQuery = queryOptions({
  queryKey: ['templates', 'networks'],
  queryFn: () => take(api.GET('/api/v1/templates/networks')),
  staleTime: Infinity,
});
