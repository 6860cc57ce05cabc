import { ApiError, messageOf } from '@/api/errors';
import { CircleAlert, RotateCw } from 'lucide-react';
import { Button } from './ui/button';
import { EmptyState } from './ui/empty-state';

/** A whole page or panel that could not be shown. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <EmptyState
      icon={<CircleAlert />}
      title={missing ? 'This does not exist (any more)' : 'This could not be loaded'}
      actions={
        onRetry &&
        !missing && (
          <Button onClick={onRetry}>
            <RotateCw className="size-3.5" />
            Try again
          </Button>
        )
      }
    >
      <p role="alert">{messageOf(error)}</p>
      {error instanceof ApiError && error.requestId && (
        <p className="mt-1 font-mono text-xs">Request {error.requestId}</p>
      )}
    </EmptyState>
  );
}
