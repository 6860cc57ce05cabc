import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { DestinationInput } from './types';

const PATH = '/api/v1/destinations';
const ONE = '/api/v1/destinations/{id}';

export const destinationsQuery = queryOptions({
  queryKey: ['destinations', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor, state: 'all' } } }))),
});

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createDestination = (body: DestinationInput) => take(api.POST(PATH, { body }));

export const replaceDestination = (id: string, body: DestinationInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteDestination = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

const LANDING = '/api/v1/destinations/{id}/landing';

/** Health, caps and loss rule of a destination at this moment. */
export const destinationStatusQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', 'status', id],
    queryFn: () => take(api.GET('/api/v1/destinations/{id}/status', { params: { path: { id } } })),
    refetchInterval: 5000,
  });

/** What was uploaded for a landing page. */
export const landingQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', 'landing', id],
    queryFn: () => take(api.GET(LANDING, { params: { path: { id } } })),
  });

export const uploadLanding = (id: string, archive: File) =>
  take(
    api.PUT(LANDING, {
      params: { path: { id } },
      // The generated type of a binary body is text; what is sent is the file itself.
      body: archive as unknown as string,
      bodySerializer: body => body as unknown as BodyInit,
      headers: { 'Content-Type': 'application/zip' },
    }),
  );

export const activateLanding = (id: string, version: string) =>
  take(api.POST('/api/v1/destinations/{id}/landing/activate', { params: { path: { id } }, body: { version } }));

export const deleteLanding = (id: string) => take(api.DELETE(LANDING, { params: { path: { id } } }));
