import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { RetentionInput } from './types';

const PATH = '/api/v1/retention';

/** What was deleted changes by itself: looked at again while somebody watches. */
export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: () => take(api.GET(PATH)),
  refetchInterval: 15_000,
});

export const replaceRetention = (body: RetentionInput) => take(api.PUT(PATH, { body }));
