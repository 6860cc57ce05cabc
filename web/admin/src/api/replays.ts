import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { components } from './schema';

export type Replay = components['schemas']['Replay'];
export type ReplayInput = components['schemas']['ReplayInput'];
export type StrayPostback = components['schemas']['StrayPostback'];

/** How often a replay under way is looked at. */
const LOOK_MS = 700;

/** How many past postbacks a replay would judge again. */
export const replayPreviewQuery = (body: ReplayInput) =>
  queryOptions({
    queryKey: ['postbacks', 'replay', 'preview', body],
    queryFn: () => take(api.POST('/api/v1/postbacks/replay/preview', { body })),
  });

/** Judges past postbacks again; goes on in the background. */
export const createReplay = (body: ReplayInput) => take(api.POST('/api/v1/postbacks/replay', { body }));

/** How far a replay is; asked for again until it has ended. */
export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['postbacks', 'replay', id],
    queryFn: () => take(api.GET('/api/v1/postbacks/replays/{id}', { params: { path: { id } } })),
    refetchInterval: query => (query.state.data && query.state.data.state !== 'running' ? false : LOOK_MS),
  });

export const cancelReplay = (id: string) =>
  take(api.POST('/api/v1/postbacks/replays/{id}/cancel', { params: { path: { id } } }));

/** Requests to the postback address that belong to nobody. */
export const straysQuery = queryOptions({
  queryKey: ['postbacks', 'strays'],
  queryFn: () => take(api.GET('/api/v1/postbacks/strays')),
});
