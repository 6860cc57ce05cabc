import { ErrorView } from '@/components/error-view';
import { buttonClass } from '@/components/ui/button';
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
        <h1 className="sr-only">Error</h1>
        <ErrorView error={error} onRetry={reset} />
      </div>
    ),
    defaultNotFoundComponent: () => (
      <main className="p-6">
        <h1 className="sr-only">Page not found</h1>
        <EmptyState
          title="There is no page here"
          actions={
            <Link to="/" className={buttonClass('primary')}>
              Go to the dashboard
            </Link>
          }
        >
          The address may be mistyped, or from another version of Signalbox.
        </EmptyState>
      </main>
    ),
  });
}
