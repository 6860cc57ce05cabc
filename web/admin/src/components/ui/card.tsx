import { cn } from '@/lib/cn';
import type { ReactNode } from 'react';

interface CardProps {
  title?: ReactNode;
  hint?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** No inner padding: for tables. */
  flush?: boolean;
}

export function Card({ title, hint, actions, children, className, flush = false }: CardProps) {
  return (
    <section className={cn('bg-surface border-line shadow-card min-w-0 rounded-lg border', className)}>
      {(title || actions) && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-3 gap-y-2 px-4 py-2">
          <div className="min-w-0">
            {title && <h2 className="text-sm font-semibold">{title}</h2>}
            {hint && <p className="text-ink-faint text-xs">{hint}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={cn(!flush && 'p-4', !flush && (title || actions) && 'pt-1')}>{children}</div>
    </section>
  );
}
