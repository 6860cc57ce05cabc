import { isStatus, ApiError } from '@/api/errors';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

/** Queries whose 401 is no end of a session: asking who is logged in, and a shared report that wants its password. */
const OWN_REFUSALS = new Set(['session', 'shared']);

/** `onSignedOut` runs when the server says that the session is over. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const check = (error: unknown) => {
    if (isStatus(error, 401)) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => (OWN_REFUSALS.has(String(query.queryKey[0])) ? undefined : check(error)),
    }),
    mutationCache: new MutationCache({ onError: check }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
        refetchOnWindowFocus: true,
      },
    },
  });
}
