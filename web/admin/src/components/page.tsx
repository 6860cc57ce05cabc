import { cn } from '@/lib/cn';
import { useEffect, type ReactNode } from 'react';

interface PageProps {
  title: string;
  /** Beside the title: a badge, a count. */
  aside?: ReactNode;
  description?: ReactNode;
  /** Above the title: where this page belongs. */
  crumb?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Uses the whole width: for tables and reports. */
  wide?: boolean;
}

/** Title, actions and content of a page; also names the browser tab. */
export function Page({ title, aside, description, crumb, actions, children, wide = true }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Signalbox`;
  }, [title]);
  return (
    <div
      className={cn(
        'mx-auto flex w-full flex-col gap-4 px-4 py-4 sm:px-6 sm:py-5',
        wide ? 'max-w-[110rem]' : 'max-w-4xl',
      )}
    >
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          {crumb && <div className="text-ink-faint mb-0.5 text-xs">{crumb}</div>}
          <div className="flex min-w-0 items-center gap-2.5">
            <h1 className="truncate text-lg font-semibold tracking-tight">{title}</h1>
            {aside}
          </div>
          {description && <p className="text-ink-faint mt-0.5 max-w-3xl text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
