import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { Clearing, ClearingInput } from './types';

const PATH = '/api/v1/clearings';
const SOON_MS = 2_000;

export const isUnderWay = (clearing: Clearing) => clearing.state !== 'done';

/** What was cleared, newest first; asked again while one of them is under way. */
export const clearingsQuery = queryOptions({
  queryKey: ['clearings', 'list'],
  queryFn: async () => (await take(api.GET(PATH))).items,
  refetchInterval: query => (query.state.data?.some(isUnderWay) ? SOON_MS : false),
});

/** What a clearing would take away now. */
export const previewClearing = (body: ClearingInput) => take(api.POST(`${PATH}/preview`, { body }));

export const createClearing = (body: ClearingInput) => take(api.POST(PATH, { body }));
