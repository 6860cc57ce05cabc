import { instanceQuery } from '@/api/instance';
import { useMayOpen } from '@/api/session';
import { Brand } from '@/components/brand';
import { cn } from '@/lib/cn';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Settings } from 'lucide-react';
import { NAVIGATION, type NavItem } from './navigation';
import { WorkspaceSwitcher } from './workspace-switcher';

export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const mayOpen = useMayOpen();
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center px-4">
        <Link to="/" onClick={onNavigate} className="rounded" aria-label="Signalbox, dashboard">
          <Brand />
        </Link>
      </div>
      <div className="px-3 pb-2">
        <WorkspaceSwitcher />
      </div>
      <nav aria-label="Main" className="scroll-thin min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        {NAVIGATION.map(group => (
          <div key={group.label} className="pt-3">
            <p className="text-ink-faint px-2 pb-1 text-2xs font-medium">{group.label}</p>
            <ul className="grid gap-px">
              {group.items
                .filter(item => mayOpen(item.to))
                .map(item => (
                  <NavLink key={item.to} item={item} onNavigate={onNavigate} />
                ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="border-line grid gap-2 border-t px-3 py-2.5">
        <ul>
          <NavLink item={{ to: '/settings', label: 'Settings', icon: Settings, words: '' }} onNavigate={onNavigate} />
        </ul>
        <Footer />
      </div>
    </div>
  );
}

function NavLink({ item, onNavigate }: { item: NavItem; onNavigate?: (() => void) | undefined }) {
  return (
    <li>
      <Link
        to={item.to}
        onClick={onNavigate}
        activeOptions={{ exact: item.to === '/', includeSearch: false }}
        className={cn(
          'group flex h-8 items-center gap-2.5 rounded-md px-2 text-sm transition-colors',
          'text-ink-soft hover:bg-rail-active hover:text-ink',
        )}
        activeProps={{ className: 'bg-rail-active text-ink! font-medium' }}
      >
        <item.icon
          className="text-ink-faint group-data-[status=active]:text-accent-text size-4 shrink-0"
          aria-hidden="true"
        />
        {item.label}
      </Link>
    </li>
  );
}

/** Version, and the credit that the geo data's licence asks for. */
function Footer() {
  const { data } = useQuery(instanceQuery);
  if (!data) return <div className="h-4" />;
  const credit = data.geo.attribution;
  return (
    <footer className="text-ink-faint px-2 text-2xs leading-4">
      <p>Signalbox {data.version}</p>
      {credit && (
        <p>
          <a
            href={credit.url}
            target="_blank"
            rel="noreferrer"
            title={credit.license}
            className="hover:text-ink underline"
          >
            {credit.text}
          </a>
        </p>
      )}
    </footer>
  );
}
