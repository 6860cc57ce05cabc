/** Every page in one list: its path, the search parameters it understands, and what is loaded before it is shown. */
import { campaignQuery, campaignsQuery } from '@/api/campaigns';
import { destinationQuery, destinationsQuery } from '@/api/destinations';
import { domainQuery, domainsQuery } from '@/api/domains';
import { instanceQuery, vocabularyQuery } from '@/api/instance';
import { logMetadataQuery } from '@/api/logs';
import { networkQuery, networksQuery } from '@/api/networks';
import { outputQuery, outputsQuery } from '@/api/outputs';
import { reportMetadataQuery } from '@/api/reports';
import { clearingsQuery } from '@/api/clearings';
import { erasuresQuery } from '@/api/erasures';
import { retentionQuery } from '@/api/retention';
import { sourceQuery, sourcesQuery } from '@/api/sources';
import { userQuery, usersQuery } from '@/api/users';
import { apiKeysQuery } from '@/api/api-keys';
import { currentWorkspaceId } from '@/api/client';
import { workspaceQuery } from '@/api/workspaces';
import * as params from '@/lib/params';
import { createRoute, lazyRouteComponent, redirect, stripSearchParams } from '@tanstack/react-router';
import { alertPages, costPages, exportPages, report, shared, shareLinks } from './routes-analysis';
import { app, load, loadFor, login, type OneOf, root, setup } from './routes-base';

const dashboard = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: params.dashboardParams,
  search: { middlewares: [stripSearchParams(params.dashboardParams.parse({}))] },
  loader: load(reportMetadataQuery, campaignsQuery('all')),
  component: lazyRouteComponent(() => import('@/routes/dashboard')),
});

const listSearch = { middlewares: [stripSearchParams<params.ListParams>(params.listParams.parse({}))] };
const plainSearch = { middlewares: [stripSearchParams<params.PlainListParams>(params.plainListParams.parse({}))] };

const campaigns = createRoute({
  getParentRoute: () => app,
  path: '/campaigns',
  validateSearch: params.listParams,
  search: listSearch,
  loader: load(campaignsQuery('all'), sourcesQuery, reportMetadataQuery),
  component: lazyRouteComponent(() => import('@/routes/campaigns')),
});

const newCampaign = createRoute({
  getParentRoute: () => app,
  path: '/campaigns/new',
  loader: load(sourcesQuery, destinationsQuery, networksQuery, domainsQuery),
  component: lazyRouteComponent(() => import('@/routes/campaign-new')),
});

const campaign = createRoute({
  getParentRoute: () => app,
  path: '/campaigns/$id',
  validateSearch: params.campaignParams,
  search: { middlewares: [stripSearchParams(params.campaignParams.parse({}))] },
  loader: ({ context: { client }, params: { id } }) =>
    Promise.all([
      client.ensureQueryData(campaignQuery(id)),
      client.ensureQueryData(sourcesQuery),
      client.ensureQueryData(destinationsQuery),
      client.ensureQueryData(domainsQuery),
      client.ensureQueryData(vocabularyQuery),
      client.ensureQueryData(campaignsQuery()),
    ]),
  component: lazyRouteComponent(() => import('@/routes/campaign')),
});

const destinations = createRoute({
  getParentRoute: () => app,
  path: '/destinations',
  validateSearch: params.listParams,
  search: listSearch,
  loader: load(destinationsQuery, networksQuery, reportMetadataQuery, vocabularyQuery),
  component: lazyRouteComponent(() => import('@/routes/destinations')),
});

const destination = createRoute({
  getParentRoute: () => destinations,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) =>
    id === 'new' ? null : client.ensureQueryData(destinationQuery(id)),
  component: lazyRouteComponent(() => import('@/routes/destination')),
});

const sources = createRoute({
  getParentRoute: () => app,
  path: '/sources',
  validateSearch: params.listParams,
  search: listSearch,
  loader: load(sourcesQuery, reportMetadataQuery, vocabularyQuery),
  component: lazyRouteComponent(() => import('@/routes/sources')),
});

const source = createRoute({
  getParentRoute: () => sources,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) => (id === 'new' ? null : client.ensureQueryData(sourceQuery(id))),
  component: lazyRouteComponent(() => import('@/routes/source')),
});

const networks = createRoute({
  getParentRoute: () => app,
  path: '/networks',
  validateSearch: params.listParams,
  search: listSearch,
  loader: load(networksQuery, reportMetadataQuery, vocabularyQuery),
  component: lazyRouteComponent(() => import('@/routes/networks')),
});

const network = createRoute({
  getParentRoute: () => networks,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) => (id === 'new' ? null : client.ensureQueryData(networkQuery(id))),
  component: lazyRouteComponent(() => import('@/routes/network')),
});

const outputs = createRoute({
  getParentRoute: () => app,
  path: '/outputs',
  validateSearch: params.plainListParams,
  search: plainSearch,
  loader: load(outputsQuery, sourcesQuery, campaignsQuery('all'), networksQuery, vocabularyQuery),
  component: lazyRouteComponent(() => import('@/routes/outputs')),
});

const output = createRoute({
  getParentRoute: () => outputs,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) => (id === 'new' ? null : client.ensureQueryData(outputQuery(id))),
  component: lazyRouteComponent(() => import('@/routes/output')),
});

const domains = createRoute({
  getParentRoute: () => app,
  path: '/domains',
  validateSearch: params.plainListParams,
  search: plainSearch,
  loader: load(domainsQuery, campaignsQuery('all')),
  component: lazyRouteComponent(() => import('@/routes/domains')),
});

const domain = createRoute({
  getParentRoute: () => domains,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) => (id === 'new' ? null : client.ensureQueryData(domainQuery(id))),
  component: lazyRouteComponent(() => import('@/routes/domain')),
});

const log = createRoute({
  getParentRoute: () => app,
  path: '/logs/$kind',
  validateSearch: params.logParams,
  search: { middlewares: [stripSearchParams(params.logParams.parse({}))] },
  loader: load(logMetadataQuery),
  component: lazyRouteComponent(() => import('@/routes/log')),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/routes/settings')),
});

const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/workspace' });
  },
});

const workspace = createRoute({
  getParentRoute: () => settings,
  path: 'workspace',
  loader: ({ context: { client } }) => client.ensureQueryData(workspaceQuery(currentWorkspaceId() ?? '')),
  component: lazyRouteComponent(() => import('@/routes/settings-workspace')),
});

const users = createRoute({
  getParentRoute: () => settings,
  path: 'users',
  loader: loadFor('/settings/users', ({ context: { client } }) => client.prefetchQuery(usersQuery)),
  component: lazyRouteComponent(() => import('@/routes/settings-users')),
});

const user = createRoute({
  getParentRoute: () => users,
  path: '$id',
  loader: loadFor('/settings/users', ({ context: { client }, params: { id } }: OneOf) =>
    id === 'new' ? null : client.ensureQueryData(userQuery(id)),
  ),
  component: lazyRouteComponent(() => import('@/routes/settings-user')),
});

const keys = createRoute({
  getParentRoute: () => settings,
  path: 'keys',
  loader: loadFor('/settings/keys', ({ context: { client } }) => client.prefetchQuery(apiKeysQuery)),
  component: lazyRouteComponent(() => import('@/routes/settings-keys')),
});

const system = createRoute({
  getParentRoute: () => settings,
  path: 'system',
  loader: ({ context: { client } }) => client.ensureQueryData(instanceQuery),
  component: lazyRouteComponent(() => import('@/routes/settings-system')),
});

const data = createRoute({
  getParentRoute: () => settings,
  path: 'data',
  loader: ({ context: { client } }) => client.ensureQueryData(retentionQuery),
  component: lazyRouteComponent(() => import('@/routes/settings-data')),
});

const privacy = createRoute({
  getParentRoute: () => settings,
  path: 'privacy',
  loader: ({ context: { client } }) =>
    Promise.all([
      client.ensureQueryData(workspaceQuery(currentWorkspaceId() ?? '')),
      client.ensureQueryData(clearingsQuery),
      client.ensureQueryData(erasuresQuery),
    ]),
  component: lazyRouteComponent(() => import('@/routes/settings-privacy')),
});

const profile = createRoute({
  getParentRoute: () => settings,
  path: 'profile',
  component: lazyRouteComponent(() => import('@/routes/settings-profile')),
});

export const routeTree = root.addChildren([
  setup,
  login,
  shared,
  app.addChildren([
    dashboard,
    campaigns,
    newCampaign,
    campaign,
    destinations.addChildren([destination]),
    sources.addChildren([source]),
    networks.addChildren([network]),
    outputs.addChildren([output]),
    domains.addChildren([domain]),
    report,
    shareLinks,
    alertPages,
    exportPages,
    costPages,
    log,
    settings.addChildren([settingsIndex, workspace, users.addChildren([user]), keys, data, privacy, system, profile]),
  ]),
]);
