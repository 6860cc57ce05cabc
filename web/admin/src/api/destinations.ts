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
