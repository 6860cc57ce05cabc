/** Pages that look at what happened: the report, what is shared of it, what is watched, costs. */
import { alertQuery, alertsQuery } from '@/api/alerts';
import { costsQuery } from '@/api/costs';
import { reportMetadataQuery } from '@/api/reports';
import { scheduledExportQuery, scheduledExportsQuery } from '@/api/scheduled';
import { shareLinksQuery } from '@/api/shares';
import { defaultMarkQuery, markedView, reportViewsQuery } from '@/api/views';
import { reportSearch } from '@/features/report/report-address';
import { paramsOf } from '@/features/report/report-state';
import * as params from '@/lib/params';
import { createRoute, lazyRouteComponent, redirect, stripSearchParams } from '@tanstack/react-router';
import { app, load, loadFor, root } from './routes-base';

export const report = createRoute({
  getParentRoute: () => app,
  path: '/report',
  validateSearch: params.reportParams,
  search: reportSearch,
  beforeLoad: async ({ context: { client }, location }) => {
    // The bare address begins with the view that the person has chosen; every other one says itself what it shows.
    if (location.searchStr !== '') return;
    const id = markedView(await client.ensureQueryData(defaultMarkQuery));
    const views = id ? await client.ensureQueryData(reportViewsQuery) : [];
    const view = views.find(other => other.id === id);
    const search = view ? { ...paramsOf(view.query, view.display), v: view.id } : { v: params.NO_VIEW };
    throw redirect({ to: '/report', search });
  },
  loader: load(reportMetadataQuery, reportViewsQuery, defaultMarkQuery),
  component: lazyRouteComponent(() => import('@/routes/report')),
});

export const shareLinks = createRoute({
  getParentRoute: () => app,
  path: '/share-links',
  loader: loadFor('/share-links', load(shareLinksQuery, reportMetadataQuery)),
  component: lazyRouteComponent(() => import('@/routes/share-links')),
});

const plainSearch = { middlewares: [stripSearchParams<params.PlainListParams>(params.plainListParams.parse({}))] };

const alerts = createRoute({
  getParentRoute: () => app,
  path: '/alerts',
  validateSearch: params.plainListParams,
  search: plainSearch,
  loader: load(alertsQuery, reportMetadataQuery),
  component: lazyRouteComponent(() => import('@/routes/alerts')),
});

const alert = createRoute({
  getParentRoute: () => alerts,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) => (id === 'new' ? null : client.fetchQuery(alertQuery(id))),
  component: lazyRouteComponent(() => import('@/routes/alert')),
});

export const alertPages = alerts.addChildren([alert]);

const exports = createRoute({
  getParentRoute: () => app,
  path: '/exports',
  validateSearch: params.plainListParams,
  search: plainSearch,
  loader: load(scheduledExportsQuery, reportViewsQuery),
  component: lazyRouteComponent(() => import('@/routes/exports')),
});

const exportRoute = createRoute({
  getParentRoute: () => exports,
  path: '$id',
  loader: ({ context: { client }, params: { id } }) =>
    id === 'new' ? null : client.fetchQuery(scheduledExportQuery(id)),
  component: lazyRouteComponent(() => import('@/routes/export')),
});

export const exportPages = exports.addChildren([exportRoute]);

const costs = createRoute({
  getParentRoute: () => app,
  path: '/costs',
  loader: ({ context: { client } }) =>
    Promise.all([client.ensureInfiniteQueryData(costsQuery), client.ensureQueryData(reportMetadataQuery)]),
  component: lazyRouteComponent(() => import('@/routes/costs')),
});

const newCost = createRoute({
  getParentRoute: () => costs,
  path: 'new',
  component: lazyRouteComponent(() => import('@/routes/cost-new')),
});

const importCosts = createRoute({
  getParentRoute: () => costs,
  path: 'import',
  component: lazyRouteComponent(() => import('@/routes/cost-import')),
});

/** For people without an account: outside of everything that asks who is logged in. */
export const shared = createRoute({
  getParentRoute: () => root,
  path: '/shared/$token',
  validateSearch: params.sharedParams,
  search: { middlewares: [stripSearchParams(params.sharedParams.parse({}))] },
  component: lazyRouteComponent(() => import('@/routes/shared')),
});

export const costPages = costs.addChildren([newCost, importCosts]);
