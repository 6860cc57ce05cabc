import { IconButton } from '@/components/ui/button';
import { Toaster } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Palette } from './palette';
import { Sidebar } from './sidebar';
import { ThemeMenu, UserMenu } from './user-menu';

/** Everything around the pages: navigation at the left (a drawer on phones), search, theme, account. */
export function Shell() {
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const busy = useRouterState({ select: state => state.isLoading });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette(open => !open);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="bg-accent text-accent-ink sr-only z-50 rounded-md px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <aside className="bg-rail border-line sticky top-0 hidden h-dvh w-56 shrink-0 border-r lg:block">
        <Sidebar />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="bg-canvas/85 border-line sticky top-0 z-20 flex h-13 items-center gap-2 border-b px-3 backdrop-blur sm:px-6">
          <IconButton label="Open navigation" className="lg:hidden" onClick={() => setDrawer(true)}>
            <MenuIcon className="size-4.5" />
          </IconButton>
          <button
            type="button"
            onClick={() => setPalette(true)}
            className="border-line bg-surface text-ink-faint hover:border-line-strong hover:text-ink flex h-8 w-full max-w-72 items-center gap-2 rounded-md border px-2.5 text-sm shadow-card transition-colors dark:bg-sunken"
          >
            <Search className="size-3.5" aria-hidden="true" />
            <span className="flex-1 truncate text-left">Search or jump to…</span>
            <kbd className="border-line hidden rounded border px-1.5 font-sans text-2xs sm:block">Ctrl K</kbd>
          </button>
          <div className="ml-auto flex items-center gap-1.5">
            <ThemeMenu />
            <UserMenu />
          </div>
          <div
            aria-hidden="true"
            className={cn(
              'bg-accent absolute inset-x-0 -bottom-px h-0.5 origin-left transition-opacity',
              busy ? 'animate-pulse opacity-100' : 'opacity-0',
            )}
          />
        </header>
        <RouteAnnouncer />
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      {drawer && <Drawer onClose={() => setDrawer(false)} />}
      {palette && <Palette onClose={() => setPalette(false)} />}
      <Toaster />
    </div>
  );
}

function Drawer({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape closes; the click is on the backdrop
    <dialog
      ref={dialog}
      aria-label="Navigation"
      onCancel={onClose}
      onMouseDown={event => {
        if (event.target === dialog.current) onClose();
      }}
      className="bg-rail text-ink shadow-pop fixed inset-y-0 left-0 m-0 h-dvh max-h-none w-64 max-w-[85vw] p-0"
    >
      <IconButton label="Close navigation" onClick={onClose} className="absolute top-3 right-2">
        <X className="size-4" />
      </IconButton>
      <Sidebar onNavigate={onClose} />
    </dialog>
  );
}

/** Tells screen readers the new page, and moves focus to the content when a link led to it. */
function RouteAnnouncer() {
  const path = useRouterState({ select: state => state.location.pathname });
  const first = useRef(true);
  const [title, setTitle] = useState('');
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const frame = requestAnimationFrame(() => setTitle(path === '' ? '' : document.title));
    return () => cancelAnimationFrame(frame);
  }, [path]);
  return (
    <div aria-live="polite" className="sr-only">
      {title}
    </div>
  );
}
