import { Brand } from '@/components/brand';
import { useEffect, type ReactNode } from 'react';

/** The quiet page around log-in and set-up. */
export function AuthFrame({ title, intro, children }: { title: string; intro: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Signalbox`;
  }, [title]);
  return (
    <main className="grid min-h-dvh content-start justify-items-center px-4 py-10 sm:content-center">
      <div className="w-full max-w-md">
        <Brand />
        <h1 className="mt-7 text-xl font-semibold tracking-tight">{title}</h1>
        <div className="text-ink-faint mt-1 text-sm">{intro}</div>
        <div className="bg-surface border-line shadow-card mt-5 rounded-xl border p-5 sm:p-6">{children}</div>
      </div>
    </main>
  );
}
