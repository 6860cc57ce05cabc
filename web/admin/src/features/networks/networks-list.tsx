import { useEntityMetrics } from '@/api/entity-metrics';
import { useLacksRole, useWorkspace } from '@/api/session';
import { deleteNetwork, networksQuery } from '@/api/networks';
import type { Network } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { MetricList } from '@/components/metric-list';
import { NameCell } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import type { ListParams } from '@/lib/params';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Handshake, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';

interface Props {
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
}

const COLUMNS: ColumnDef<Network>[] = [
  {
    id: 'name',
    header: 'Affiliate network',
    cell: ({ row }) => <NameCell name={row.original.name} />,
    meta: { sort: 'name' },
  },
  {
    id: 'postback',
    header: 'Click id macro',
    cell: ({ row }) => <Text value={row.original.click_id_token} mono className="max-w-40" />,
    meta: { title: 'The macro by which the network sends the click id back' },
  },
];

export function NetworksList({ search, onSearch }: Props) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: rows } = useSuspenseQuery(networksQuery);
  const metrics = useEntityMetrics('network', search.range);
  const [deleting, setDeleting] = useState<Network | null>(null);
  const open = (row: Network) => void navigate({ to: '/networks/$id', params: { id: row.id }, search: prev => prev });
  const menu = menuColumn<Network>(
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
        label="Affiliate networks"
        rows={rows}
        metrics={metrics}
        currency={workspace.currency}
        timezone={workspace.timezone}
        search={search}
        onSearch={onSearch}
        columns={COLUMNS}
        trailing={[menu]}
        text={row => row.name}
        sortValue={row => row.name}
        onOpen={open}
        empty={
          <EmptyState
            icon={<Handshake />}
            title="No affiliate networks yet"
            actions={
              <Link to="/networks/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
                <Plus className="size-3.5" /> New affiliate network
              </Link>
            }
          >
            A network tells Signalbox about conversions by calling its postback URL. Create it, copy the URL into the
            network, and revenue appears in reports.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind="network"
          typeName
          name={deleting.name}
          onDelete={() => deleteNetwork(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: ['networks'] });
          }}
          onClose={() => setDeleting(null)}
        >
          Its postback URL stops working: conversions that it still sends are refused. Past conversions stay in reports.
        </DeleteDialog>
      )}
    </>
  );
}
