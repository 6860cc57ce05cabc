import { cn } from '@/lib/cn';
import { LoaderCircle } from 'lucide-react';

export function Spinner({ className }: { className?: string }) {
  return <LoaderCircle aria-hidden="true" className={cn('size-4 animate-spin', className)} />;
}

/** A block that says that something is on its way, also to a screen reader. */
export function Loading({ label = 'Loading…' }: { label?: string }) {
  return (
    <div role="status" className="text-ink-faint flex items-center justify-center gap-2 p-10 text-sm">
      <Spinner />
      {label}
    </div>
  );
}
