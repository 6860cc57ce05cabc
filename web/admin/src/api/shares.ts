import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import createClient from 'openapi-fetch';
import { api, take } from './client';
import { errorOf } from './errors';
import type { paths } from './schema';
import type { SharedQuery, ShareLinkInput } from './types';

const PATH = '/api/v1/share-links';

export const shareLinksQuery = queryOptions({
  queryKey: ['share-links'],
  queryFn: async () => (await take(api.GET(PATH))).items,
});

export const createShareLink = (body: ShareLinkInput) => take(api.POST(PATH, { body }));

export const deleteShareLink = (id: string) => take(api.DELETE(`${PATH}/{id}`, { params: { path: { id } } }));

/** Whoever has a link has nothing else: no cookie goes along, and no workspace is named. */
const stranger = createClient<paths>({ credentials: 'omit' });
stranger.use({
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
    return response;
  },
});

/** A shared report. Its key says that a refusal is no end of a session. */
export const sharedReportQuery = (token: string, body: SharedQuery) =>
  queryOptions({
    queryKey: ['shared', token, body],
    queryFn: () => take(stranger.POST('/api/v1/shared/{token}/query', { params: { path: { token } }, body })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
