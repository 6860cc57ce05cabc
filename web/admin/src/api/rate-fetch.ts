import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { RateFetchInput } from './types';

const PATH = '/api/v1/rate-fetch';

/** Rates come by themselves: looked at again while somebody watches. */
const WATCHED_MS = 5_000;

export const rateFetchQuery = queryOptions({
  queryKey: ['rate-fetch'],
  queryFn: () => take(api.GET(PATH)),
  refetchInterval: WATCHED_MS,
});

export const replaceRateFetch = (body: RateFetchInput) => take(api.PUT(PATH, { body }));

/** Has rates fetched as soon as may be. */
export const runRateFetch = () => take(api.POST('/api/v1/rate-fetch/run'));
