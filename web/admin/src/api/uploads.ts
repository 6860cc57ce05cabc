import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { components } from './schema';

export type Upload = components['schemas']['Upload'];
export type UploadInput = components['schemas']['UploadInput'];
export type UploadRow = components['schemas']['UploadRow'];

/** How often an upload under way, and verdicts that are not there yet, are looked at. */
const LOOK_MS = 500;
/** Rows shown of one upload. */
export const ROWS_SHOWN = 500;

/** Brings conversions in: their rows are checked in the background, and nothing is taken yet. */
export const createUpload = (body: UploadInput) => take(api.POST('/api/v1/postbacks/uploads', { body }));

/** How far an upload is; asked for again while there is work. */
export const uploadQuery = (id: string) =>
  queryOptions({
    queryKey: ['postbacks', 'upload', id],
    queryFn: () => take(api.GET('/api/v1/postbacks/uploads/{id}', { params: { path: { id } } })),
    enabled: id !== '',
    refetchInterval: query => {
      const state = query.state.data?.state;
      return state === 'checked' || state === 'done' ? false : LOOK_MS;
    },
  });

/** Rows of an upload, asked for again until each that was taken has its verdict. */
export const uploadRowsQuery = (id: string, state: Upload['state'] | undefined, bad: boolean) =>
  queryOptions({
    queryKey: ['postbacks', 'upload', id, 'rows', state, bad],
    queryFn: () =>
      take(
        api.GET('/api/v1/postbacks/uploads/{id}/rows', {
          params: { path: { id }, query: { limit: ROWS_SHOWN, bad } },
        }),
      ),
    enabled: state === 'checked' || state === 'done',
    refetchInterval: query => {
      const waits = query.state.data?.items.some(row => row.postback_id && !isSettled(row));
      return waits ? 2 * LOOK_MS : false;
    },
  });

/** Whether a row has its last word. */
export const isSettled = (row: UploadRow): boolean => Boolean(row.verdict && row.verdict.verdict !== 'held');

export const takeUpload = (id: string) =>
  take(api.POST('/api/v1/postbacks/uploads/{id}/take', { params: { path: { id } } }));

/** Gives requests that belong to nobody to a network. */
export const assignStrays = (network: string, ids: string[]) =>
  take(api.POST('/api/v1/postbacks/strays/assign', { body: { network_id: network, ids } }));
