import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  /** What to do next, not only what is missing. */
  children?: ReactNode;
  actions?: ReactNode;
}

export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-1 px-6 py-12 text-center">
      {icon && (
        <div
          aria-hidden="true"
          className="bg-accent-soft text-accent-text mb-2 grid size-10 place-items-center rounded-full [&_svg]:size-5"
        >
          {icon}
        </div>
      )}
      <p className="text-sm font-semibold">{title}</p>
      {children && <div className="text-ink-faint max-w-md text-sm text-balance">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
