import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { CostCorrection, CostCorrectionInput, CostFileInput } from './types';

const PATH = '/api/v1/costs';
const PAGE = 50;
const SOON_MS = 2_000;

/** Whether the server is still busy with a correction. */
export const isMoving = (correction: CostCorrection) =>
  correction.state === 'waiting' || correction.state === 'undoing';

/** Corrections, newest first; asked again while one of them is being made. */
export const costsQuery = infiniteQueryOptions({
  queryKey: ['costs', 'list'],
  queryFn: ({ pageParam }) =>
    take(api.GET(PATH, { params: { query: { limit: PAGE, cursor: pageParam ?? undefined } } })),
  initialPageParam: null as string | null,
  getNextPageParam: page => page.next_cursor ?? null,
  refetchInterval: query => (query.state.data?.pages.some(page => page.items.some(isMoving)) ? SOON_MS : false),
});

/** What a correction would change now. */
export const costPreviewQuery = (body: CostCorrectionInput) =>
  queryOptions({
    queryKey: ['costs', 'preview', body],
    queryFn: () => take(api.POST(`${PATH}/preview`, { body })),
    staleTime: 5_000,
    retry: false,
  });

export const createCost = (body: CostCorrectionInput) => take(api.POST(PATH, { body }));

export const undoCost = (id: string) => take(api.POST(`${PATH}/{id}/undo`, { params: { path: { id } } }));

export const previewCostFile = (body: CostFileInput) => take(api.POST(`${PATH}/import/preview`, { body }));

export const importCostFile = (body: CostFileInput) => take(api.POST(`${PATH}/import`, { body }));
