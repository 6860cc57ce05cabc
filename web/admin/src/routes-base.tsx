/** What every page hangs on: the root, what comes before a log-in, and the frame behind it. */
import { instanceQuery } from '@/api/instance';
import { isStatus } from '@/api/errors';
import { mayOpen, sessionQuery, setupQuery } from '@/api/session';
import { Shell } from '@/features/shell/shell';
import type { GuardedPage } from '@/lib/page-roles';
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

/** What the loader of one object's page is given. */
export interface OneOf {
  context: Context;
  params: { id: string };
}

interface Loadable {
  queryKey: readonly unknown[];
}

/** A loader that has everything ready before the page is drawn. */
export const load =
  (...queries: Loadable[]) =>
  ({ context }: { context: Context }) =>
    Promise.all(queries.map(query => context.client.ensureQueryData(query as EnsureQueryDataOptions)));

/** The loader of a page that needs a role: whoever lacks it asks for nothing, neither on the page nor ahead of a click. */
export const loadFor =
  <A extends { context: Context }>(page: GuardedPage, loader: (args: A) => unknown) =>
  async (args: A): Promise<void> => {
    const session = await args.context.client.ensureQueryData(sessionQuery);
    if (mayOpen(session, page)) await loader(args);
  };

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
