import { BrandMark } from '@/components/brand';
import { cn } from '@/lib/cn';
import type { ReactNode } from 'react';

interface SharedFrameProps {
  title: string;
  tools?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** Around a shared report: its title and a quiet word about what this is. */
export function SharedFrame({ title, tools, wide = false, children }: SharedFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <main className={cn('mx-auto w-full flex-1 px-4 py-5 sm:px-6', wide ? 'max-w-[96rem]' : 'max-w-md sm:pt-24')}>
        <header className="mb-4 flex flex-wrap items-end justify-between gap-3">
          <div className="min-w-0">
            <p className="text-ink-faint text-xs">Shared report · read only</p>
            <h1 className="truncate text-lg font-semibold tracking-tight">{title}</h1>
          </div>
          {tools}
        </header>
        <section className="bg-surface border-line shadow-card min-w-0 overflow-hidden rounded-lg border">
          {children}
        </section>
      </main>
      <footer className="text-ink-faint flex items-center justify-center gap-2 py-5 text-xs">
        <BrandMark className="size-4" /> Made with Signalbox
      </footer>
    </div>
  );
}
