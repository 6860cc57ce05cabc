/** What every page hangs on: the root, what comes before a log-in, and the frame behind it. */
import { instanceQuery } from '@/api/instance';
import { isStatus } from '@/api/errors';
import { sessionQuery, setupQuery } from '@/api/session';
import { Shell } from '@/features/shell/shell';
import * as params from '@/lib/params';
import type { EnsureQueryDataOptions, QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
  stripSearchParams,
} from '@tanstack/react-router';

interface Context {
  client: QueryClient;
}

interface Loadable {
  queryKey: readonly unknown[];
}

/** A loader that has everything ready before the page is drawn. */
export const load =
  (...queries: Loadable[]) =>
  ({ context }: { context: Context }) =>
    Promise.all(queries.map(query => context.client.ensureQueryData(query as EnsureQueryDataOptions)));

export const root = createRootRouteWithContext<Context>()({ component: Outlet });

export const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: params.setupParams,
  loader: async ({ context }) => {
    const { needed } = await context.client.fetchQuery(setupQuery);
    if (!needed) throw redirect({ to: '/login', search: { next: '' } });
  },
  component: lazyRouteComponent(() => import('@/routes/setup')),
});

export const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: params.loginParams,
  search: { middlewares: [stripSearchParams({ next: '' })] },
  loader: async ({ context }) => {
    const { needed } = await context.client.fetchQuery(setupQuery);
    if (needed) throw redirect({ to: '/setup', search: { token: '' } });
  },
  component: lazyRouteComponent(() => import('@/routes/login')),
});

/** Everything behind the log-in. */
export const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      throw redirect({ to: '/login', search: { next: location.href === '/' ? '' : location.href } });
    }
  },
  loader: ({ context }) => void context.client.prefetchQuery(instanceQuery),
  component: Shell,
});
