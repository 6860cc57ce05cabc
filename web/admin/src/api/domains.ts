import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { DomainInput } from './types';

const PATH = '/api/v1/domains';
const ONE = '/api/v1/domains/{id}';

export const domainsQuery = queryOptions({
  queryKey: ['domains', 'list'],
  queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor } } }))),
});

export const domainQuery = (id: string) =>
  queryOptions({
    queryKey: ['domains', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const createDomain = (body: DomainInput) => take(api.POST(PATH, { body }));

export const replaceDomain = (id: string, body: DomainInput) => take(api.PUT(ONE, { params: { path: { id } }, body }));

export const deleteDomain = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));
