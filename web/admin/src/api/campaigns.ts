import { queryOptions } from '@tanstack/react-query';
import { api, take, takeAll } from './client';
import type { CampaignInput, SimulationInput } from './types';

const PATH = '/api/v1/campaigns';
const ONE = '/api/v1/campaigns/{id}';

/** Every campaign in a state ("all" for every state). */
export const campaignsQuery = (state = 'all') =>
  queryOptions({
    queryKey: ['campaigns', 'list', state],
    queryFn: () => takeAll(cursor => take(api.GET(PATH, { params: { query: { limit: 500, cursor, state } } }))),
  });

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', 'one', id],
    queryFn: () => take(api.GET(ONE, { params: { path: { id } } })),
  });

export const campaignLinksQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaigns', 'links', id],
    queryFn: () => take(api.GET('/api/v1/campaigns/{id}/link', { params: { path: { id } } })),
  });

export const createCampaign = (body: CampaignInput) => take(api.POST(PATH, { body }));

export const replaceCampaign = (id: string, body: CampaignInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body }));

export const cloneCampaign = (id: string) =>
  take(api.POST('/api/v1/campaigns/{id}/clone', { params: { path: { id } }, body: {} }));

export const deleteCampaign = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

/** A new token for the Click API; the old one stops working. */
export const rotateToken = (id: string) =>
  take(api.POST('/api/v1/campaigns/{id}/rotate-token', { params: { path: { id } }, body: {} }));

export const simulate = (body: SimulationInput) => take(api.POST('/api/v1/simulate', { body }));
