/** A list with figures of plain configuration objects, such as sources: its rows are opened, edited and deleted. */
import { useEntityMetrics } from '@/api/entity-metrics';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { ListParams } from '@/lib/params';
import type { SortValue } from '@/lib/sort-rows';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { DeleteDialog } from './delete-dialog';
import { MetricList } from './metric-list';
import { menuColumn } from './row-menu';
import { buttonClass } from './ui/button';
import { EmptyState } from './ui/empty-state';

/** What a page gives its list. */
export interface ListPage {
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
}

interface EntityListProps<T extends { id: string; name: string }> extends ListPage {
  /** Where the list is; its queries are called the same. */
  page: 'networks' | 'sources';
  /** Dimension of reports that has the figures. */
  dimension: string;
  /** One of them, such as “traffic source”. */
  kind: string;
  label: string;
  rows: T[];
  columns: ColumnDef<T>[];
  sortValue?: (row: T, key: string) => SortValue;
  icon: ReactNode;
  /** What they are for; shown while there are none. */
  about: string;
  remove: (id: string) => Promise<unknown>;
  /** What goes with one that is deleted. */
  lost: string;
  /** The name must be typed, because conversions would be lost. */
  typeName?: boolean;
}

export function EntityList<T extends { id: string; name: string }>(props: EntityListProps<T>) {
  const { search, onSearch, page, dimension, kind, label, rows, columns, icon, about, remove, lost, typeName } = props;
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const metrics = useEntityMetrics(dimension, search.range);
  const [deleting, setDeleting] = useState<T | null>(null);
  const path = `/${page}/$id` as const;
  const open = (row: T) => void navigate({ to: path, params: { id: row.id }, search: prev => prev });
  const menu = menuColumn<T>(
    row => row.name,
    row => [
      { label: 'Edit', icon: <Pencil />, onSelect: () => open(row) },
      'separator',
      { label: 'Delete…', icon: <Trash2 />, danger: true, disabled: lacksEditor, onSelect: () => setDeleting(row) },
    ],
  );
  return (
    <>
      <MetricList
        label={label}
        rows={rows}
        metrics={metrics}
        currency={workspace.currency}
        timezone={workspace.timezone}
        search={search}
        onSearch={onSearch}
        columns={columns}
        trailing={[menu]}
        text={row => row.name}
        sortValue={props.sortValue ?? (row => row.name)}
        onOpen={open}
        empty={
          <EmptyState
            icon={icon}
            title={`No ${label.toLowerCase()} yet`}
            actions={
              <Link
                to={path}
                params={{ id: 'new' }}
                search={prev => prev}
                disabled={Boolean(lacksEditor)}
                title={lacksEditor}
                className={buttonClass('primary')}
              >
                <Plus className="size-3.5" /> New {kind}
              </Link>
            }
          >
            {about}
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind={kind}
          name={deleting.name}
          typeName={typeName ?? false}
          onDelete={() => remove(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: [page] });
          }}
          onClose={() => setDeleting(null)}
        >
          {lost}
        </DeleteDialog>
      )}
    </>
  );
}
