import { ErrorView } from '@/components/error-view';
import { EmptyState } from '@/components/ui/empty-state';
import { Loading } from '@/components/ui/spinner';
import { parseSearch, stringifySearch } from '@/lib/search';
import type { QueryClient } from '@tanstack/react-query';
import { createRouter, Link } from '@tanstack/react-router';
import { routeTree } from './routes';

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 300,
    scrollRestoration: true,
    defaultPendingComponent: () => <Loading />,
    defaultErrorComponent: ({ error, reset }) => (
      <div className="p-6">
        <ErrorView error={error} onRetry={reset} />
      </div>
    ),
    defaultNotFoundComponent: () => (
      <EmptyState title="There is no page here" actions={<Link to="/">Go to the dashboard</Link>}>
        The address may be mistyped, or from another version of Signalbox.
      </EmptyState>
    ),
  });
}
