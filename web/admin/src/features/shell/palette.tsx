import { campaignsQuery } from '@/api/campaigns';
import { destinationsQuery } from '@/api/destinations';
import { networksQuery } from '@/api/networks';
import { useLacksRole, useMayOpen } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import { cn } from '@/lib/cn';
import { setTheme } from '@/lib/theme';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Handshake, Megaphone, Moon, Plus, Radio, Search, Sun, Target, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { NAVIGATION, SETTINGS } from './navigation';
import { rank, type Entry } from './palette-rank';

interface PaletteEntry extends Entry {
  icon: LucideIcon;
  run: () => void;
}

const SHOWN_MAX = 12;

/** Ctrl+K: finds pages (also by the words of other trackers), objects and actions. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const entries = useEntries();
  const shown = rank(entries, query).slice(0, SHOWN_MAX);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  const run = (entry: PaletteEntry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = Math.max(shown.length, 1);
    if (event.key === 'ArrowDown') setActive((active + 1) % count);
    else if (event.key === 'ArrowUp') setActive((active - 1 + count) % count);
    else if (event.key === 'Enter') run(shown[active]);
    else return;
    event.preventDefault();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape closes; the click is on the backdrop
    <dialog
      ref={dialog}
      aria-label="Search"
      onCancel={onClose}
      onMouseDown={event => {
        if (event.target === dialog.current) onClose();
      }}
      className="bg-raised text-ink border-line shadow-pop animate-in fixed inset-x-0 top-[12dvh] mx-auto mb-auto w-[calc(100%-2rem)] max-w-xl overflow-hidden rounded-xl border p-0"
    >
      <div className="border-line relative border-b">
        <Search className="text-ink-faint absolute top-1/2 left-4 size-4 -translate-y-1/2" aria-hidden="true" />
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the palette was opened to type
          autoFocus
          role="combobox"
          aria-label="Search pages, campaigns and actions"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={shown.length > 0 ? `palette-${active}` : undefined}
          value={query}
          placeholder="Page, campaign, offer, flow, postback…"
          onChange={event => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-12 w-full bg-transparent pr-4 pl-11 text-base outline-none"
        />
      </div>
      <ul id="palette-list" role="listbox" aria-label="Results" className="max-h-[55dvh] overflow-y-auto p-1.5">
        {shown.map((entry, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are handled by the input
          <li
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseMove={() => setActive(index)}
            onClick={() => run(entry)}
            className={cn(
              'flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm',
              index === active && 'bg-accent-soft text-accent-text',
            )}
          >
            <entry.icon className="size-4 shrink-0 opacity-70" aria-hidden="true" />
            <span className="min-w-0 flex-1 truncate">{entry.label}</span>
            <span className={cn('shrink-0 text-xs', index === active ? 'text-accent-text' : 'text-ink-faint')}>
              {entry.kind}
            </span>
          </li>
        ))}
        {shown.length === 0 && (
          <li role="presentation" className="text-ink-faint px-3 py-6 text-center text-sm">
            Nothing is called “{query}”
          </li>
        )}
      </ul>
    </dialog>
  );
}

function useEntries(): PaletteEntry[] {
  const navigate = useNavigate();
  const go = (to: string) => () => void navigate({ to });
  const { data: campaigns = [] } = useQuery(campaignsQuery('all'));
  const { data: destinations = [] } = useQuery(destinationsQuery);
  const { data: sources = [] } = useQuery(sourcesQuery);
  const { data: networks = [] } = useQuery(networksQuery);
  const mayOpen = useMayOpen();
  const lacksEditor = useLacksRole('editor');
  const items = [...NAVIGATION.flatMap(group => group.items), ...SETTINGS].filter(item => mayOpen(item.to));
  const pages = items.map(item => ({
    id: item.to,
    label: item.label,
    kind: 'Page',
    words: item.words,
    icon: item.icon,
    run: go(item.to),
  }));
  const action = (label: string, words: string, icon: LucideIcon, run: () => void) => ({
    id: label,
    label,
    kind: 'Action',
    words,
    icon,
    run,
  });
  return [
    ...pages,
    ...(lacksEditor
      ? []
      : [
          action('New campaign', 'create add flow path link', Plus, go('/campaigns/new')),
          action('New destination', 'create add offer lander landing page', Plus, go('/destinations/new')),
          action('New traffic source', 'create add source', Plus, go('/sources/new')),
          action('New affiliate network', 'create add network postback', Plus, go('/networks/new')),
        ]),
    action('Dark theme', 'night mode', Moon, () => setTheme('dark')),
    action('Light theme', 'day mode', Sun, () => setTheme('light')),
    ...campaigns.map(item => ({
      id: item.id,
      label: item.name,
      kind: 'Campaign',
      words: `${item.slug} ${item.tags.join(' ')}`,
      icon: Megaphone,
      run: go(`/campaigns/${item.id}`),
    })),
    ...destinations.map(item => ({
      id: item.id,
      label: item.name,
      kind: item.kind === 'landing' ? 'Landing' : 'Destination',
      words: item.url,
      icon: Target,
      run: go(`/destinations/${item.id}`),
    })),
    ...sources.map(item => ({
      id: item.id,
      label: item.name,
      kind: 'Source',
      words: '',
      icon: Radio,
      run: go(`/sources/${item.id}`),
    })),
    ...networks.map(item => ({
      id: item.id,
      label: item.name,
      kind: 'Network',
      words: '',
      icon: Handshake,
      run: go(`/networks/${item.id}`),
    })),
  ];
}
