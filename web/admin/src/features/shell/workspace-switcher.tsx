import { chooseWorkspace } from '@/api/client';
import { useSession, useWorkspace } from '@/api/session';
import { Menu } from '@/components/ui/menu';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, Settings } from 'lucide-react';

export function WorkspaceSwitcher() {
  const session = useSession();
  const workspace = useWorkspace();
  const client = useQueryClient();
  const navigate = useNavigate();
  const choose = (id: string) => {
    if (id === workspace.id) return;
    chooseWorkspace(id);
    void navigate({ to: '/' }).then(() =>
      client.resetQueries({ predicate: query => query.queryKey[0] !== 'vocabulary' }),
    );
  };
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="border-line bg-surface hover:border-line-strong flex w-full items-center gap-2 rounded-md border px-2 py-1.5 text-left shadow-card transition-colors dark:bg-sunken"
        >
          <span
            aria-hidden="true"
            className="bg-accent-soft text-accent-text grid size-6 shrink-0 place-items-center rounded text-xs font-semibold uppercase"
          >
            {workspace.name.slice(0, 1)}
          </span>
          <span className="min-w-0 flex-1 leading-tight">
            <span className="sr-only">Workspace </span>
            <span className="block truncate text-sm font-medium">{workspace.name}</span>
            <span className="text-ink-faint block truncate text-2xs">
              {workspace.currency} · {workspace.timezone}
            </span>
          </span>
          <ChevronsUpDown className="text-ink-faint size-3.5 shrink-0" aria-hidden="true" />
        </button>
      }
      header="Workspaces"
      items={[
        ...session.workspaces.map(item => ({
          label: item.name,
          checked: item.id === workspace.id,
          onSelect: () => choose(item.id),
        })),
        'separator',
        {
          label: 'Workspace settings',
          icon: <Settings />,
          onSelect: () => void navigate({ to: '/settings/workspace' }),
        },
      ]}
    />
  );
}
