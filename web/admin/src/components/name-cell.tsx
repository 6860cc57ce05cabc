import { cn } from '@/lib/cn';
import type { ReactNode } from 'react';

/** First column of a list: the name, and under or beside it what tells it apart. */
export function NameCell({
  name,
  note,
  muted = false,
  icon,
}: {
  name: string;
  note?: ReactNode;
  muted?: boolean;
  icon?: ReactNode;
}) {
  return (
    <span className="flex max-w-38 min-w-28 items-center gap-2 sm:max-w-64 2xl:max-w-96">
      {icon}
      <span className="min-w-0 leading-tight">
        <span className={cn('block truncate font-medium', muted && 'text-ink-faint')} title={name}>
          {name}
        </span>
        {note && <span className="text-ink-faint block truncate text-2xs">{note}</span>}
      </span>
    </span>
  );
}

const COLORS = {
  active: 'bg-positive',
  paused: 'bg-warning',
  down: 'bg-negative',
  archived: 'bg-field',
  disabled: 'bg-field',
};

/** A dot with its word for screen readers: active, paused, … */
export function StateDot({ state }: { state: keyof typeof COLORS }) {
  return (
    <span title={state} className={cn('inline-block size-2 shrink-0 rounded-full', COLORS[state])}>
      <span className="sr-only">{state}</span>
    </span>
  );
}
