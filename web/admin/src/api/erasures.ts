import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { Erasure, ErasureInput } from './types';

const PATH = '/api/v1/erasures';
const SOON_MS = 2_000;

export const isUnderWay = (erasure: Erasure) => erasure.state !== 'done';

/** What was erased, newest first; asked again while one of them is under way. */
export const erasuresQuery = queryOptions({
  queryKey: ['erasures', 'list'],
  queryFn: async () => (await take(api.GET(PATH))).items,
  refetchInterval: query => (query.state.data?.some(isUnderWay) ? SOON_MS : false),
});

/** What an erasure would find now. */
export const previewErasure = (body: ErasureInput) => take(api.POST(`${PATH}/preview`, { body }));

export const createErasure = (body: ErasureInput) => take(api.POST(PATH, { body }));
