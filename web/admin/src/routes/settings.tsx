import { useMayOpen } from '@/api/session';
import { Page } from '@/components/page';
import { cn } from '@/lib/cn';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

const TABS = [
  ['/settings/workspace', 'Workspace'],
  ['/settings/users', 'Users'],
  ['/settings/keys', 'API keys'],
  ['/settings/data', 'Retention'],
  ['/settings/privacy', 'Privacy'],
  ['/settings/system', 'System'],
  ['/settings/profile', 'Profile'],
] as const;

export default function SettingsPage() {
  const mayOpen = useMayOpen();
  const path = useLocation({ select: location => location.pathname });
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone not all of them fit: the open one is brought into sight, with a neighbour to show that there are more.
    tabs.current?.querySelector(`[href="${path}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [path]);
  return (
    <Page title="Settings" wide={false}>
      <nav
        ref={tabs}
        aria-label="Settings"
        className="border-line scroll-thin -mt-1 flex gap-1 overflow-x-auto border-b"
      >
        {TABS.filter(([to]) => mayOpen(to)).map(([to, label]) => (
          <Link
            key={to}
            to={to}
            className={cn(
              'text-ink-faint hover:text-ink -mb-px flex h-9 items-center border-b-2 border-transparent px-2.5 text-sm font-medium whitespace-nowrap',
            )}
            activeProps={{ className: 'border-accent! text-ink!' }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
