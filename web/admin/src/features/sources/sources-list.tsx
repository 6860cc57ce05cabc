import { useEntityMetrics } from '@/api/entity-metrics';
import { useLacksRole, useWorkspace } from '@/api/session';
import { deleteSource, sourcesQuery } from '@/api/sources';
import type { Source } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { MetricList } from '@/components/metric-list';
import { NameCell } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { formatCount } from '@/lib/format';
import type { ListParams } from '@/lib/params';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Pencil, Plus, Radio, Trash2 } from 'lucide-react';
import { useState } from 'react';

interface Props {
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
}

const COLUMNS: ColumnDef<Source>[] = [
  {
    id: 'name',
    header: 'Traffic source',
    cell: ({ row }) => <NameCell name={row.original.name} />,
    meta: { sort: 'name' },
  },
  {
    id: 'parameters',
    header: 'Parameters',
    cell: ({ row }) => formatCount(row.original.parameters.length),
    meta: { align: 'right', title: 'Link parameters that are mapped', sort: 'parameters' },
  },
];

export function SourcesList({ search, onSearch }: Props) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: rows } = useSuspenseQuery(sourcesQuery);
  const metrics = useEntityMetrics('source', search.range);
  const [deleting, setDeleting] = useState<Source | null>(null);
  const open = (row: Source) => void navigate({ to: '/sources/$id', params: { id: row.id }, search: prev => prev });
  const menu = menuColumn<Source>(
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
        label="Traffic sources"
        rows={rows}
        metrics={metrics}
        currency={workspace.currency}
        timezone={workspace.timezone}
        search={search}
        onSearch={onSearch}
        columns={COLUMNS}
        trailing={[menu]}
        text={row => row.name}
        sortValue={(row, key) => (key === 'parameters' ? row.parameters.length : row.name)}
        onOpen={open}
        empty={
          <EmptyState
            icon={<Radio />}
            title="No traffic sources yet"
            actions={
              <Link to="/sources/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
                <Plus className="size-3.5" /> New traffic source
              </Link>
            }
          >
            A traffic source says which link parameters carry the click id, the cost and the sub ids of the place where
            you buy traffic. Campaign links then come ready with its tokens.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind="traffic source"
          name={deleting.name}
          onDelete={() => deleteSource(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: ['sources'] });
          }}
          onClose={() => setDeleting(null)}
        >
          Its past clicks stay in reports.
        </DeleteDialog>
      )}
    </>
  );
}
