import { deleteDestination, destinationsQuery, replaceDestination } from '@/api/destinations';
import { useEntityMetrics } from '@/api/entity-metrics';
import { messageOf } from '@/api/errors';
import { networksQuery } from '@/api/networks';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { Destination } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { MetricList } from '@/components/metric-list';
import { NameCell, StateDot } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { copyText } from '@/components/ui/copy-field';
import { EmptyState } from '@/components/ui/empty-state';
import { Select } from '@/components/ui/input';
import { toast } from '@/components/ui/toast';
import { Text } from '@/components/value';
import { DASH, formatExactMoney } from '@/lib/format';
import type { ListParams } from '@/lib/params';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Archive, ArchiveRestore, Copy, Pause, Pencil, Play, Plus, Target, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { toInput } from './destination-values';

const KINDS = { offer: 'Offer', landing: 'Landing', url: 'URL' } as const;

const STATES = [
  { value: '', label: 'Not archived' },
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused' },
  { value: 'down', label: 'Down' },
  { value: 'archived', label: 'Archived' },
];

interface Props {
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
}

export function DestinationsList({ search, onSearch }: Props) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: all } = useSuspenseQuery(destinationsQuery);
  const { data: networks } = useSuspenseQuery(networksQuery);
  const metrics = useEntityMetrics('destination', search.range);
  const [deleting, setDeleting] = useState<Destination | null>(null);
  const networkName = (id: string | null) => networks.find(network => network.id === id)?.name ?? '';
  const refresh = () => client.invalidateQueries({ queryKey: ['destinations'] });
  const open = (row: Destination) =>
    void navigate({ to: '/destinations/$id', params: { id: row.id }, search: prev => prev });
  const setState = async (row: Destination, state: Destination['state']) => {
    try {
      await replaceDestination(row.id, { ...toInput(row), state });
      await refresh();
    } catch (error) {
      toast.error('Not changed', messageOf(error));
    }
  };
  const columns: ColumnDef<Destination>[] = [
    {
      id: 'name',
      header: 'Destination',
      cell: ({ row: { original } }) => (
        <NameCell
          name={original.name}
          note={
            original.url_warnings.length > 0 ? (
              <span className="text-warning" title={original.url_warnings.join('; ')}>
                Check the URL: {original.url_warnings.join('; ')}
              </span>
            ) : (
              original.url.replace(/^https?:\/\//, '')
            )
          }
          icon={<StateDot state={original.state} />}
          muted={original.state !== 'active'}
        />
      ),
      meta: { sort: 'name' },
    },
    {
      id: 'kind',
      header: 'Kind',
      cell: ({ row }) => (
        <Badge tone={row.original.kind === 'offer' ? 'accent' : 'neutral'}>{KINDS[row.original.kind]}</Badge>
      ),
      meta: { sort: 'kind' },
    },
    {
      id: 'network',
      header: 'Network',
      cell: ({ row }) => <Text value={networkName(row.original.network_id)} className="max-w-40" />,
      meta: { sort: 'network' },
    },
    {
      id: 'payout',
      header: 'Payout',
      cell: ({ row: { original } }) =>
        original.payout.type === 'fixed' ? (
          formatExactMoney(original.payout.amount, original.currency ?? workspace.currency)
        ) : (
          <span className="text-ink-faint">{original.kind === 'offer' ? 'Auto' : DASH}</span>
        ),
      meta: { align: 'right', title: 'Fixed amount, or what the postback says (Auto)' },
    },
  ];
  const trailing: ColumnDef<Destination>[] = [
    menuColumn<Destination>(
      row => row.name,
      row => [
        { label: 'Edit', icon: <Pencil />, onSelect: () => open(row) },
        { label: 'Copy URL', icon: <Copy />, onSelect: () => void copyText(row.url) },
        row.state === 'active'
          ? { label: 'Pause', icon: <Pause />, disabled: lacksEditor, onSelect: () => void setState(row, 'paused') }
          : { label: 'Activate', icon: <Play />, disabled: lacksEditor, onSelect: () => void setState(row, 'active') },
        row.state === 'archived'
          ? {
              label: 'Restore',
              icon: <ArchiveRestore />,
              disabled: lacksEditor,
              onSelect: () => void setState(row, 'paused'),
            }
          : {
              label: 'Archive',
              icon: <Archive />,
              disabled: lacksEditor,
              onSelect: () => void setState(row, 'archived'),
            },
        'separator',
        { label: 'Delete…', icon: <Trash2 />, danger: true, disabled: lacksEditor, onSelect: () => setDeleting(row) },
      ],
    ),
  ];
  const rows = all.filter(row => (search.state === '' ? row.state !== 'archived' : row.state === search.state));
  return (
    <>
      <MetricList
        label="Destinations"
        rows={rows}
        metrics={metrics}
        currency={workspace.currency}
        timezone={workspace.timezone}
        search={search}
        onSearch={onSearch}
        columns={columns}
        trailing={trailing}
        text={row => `${row.name} ${row.url} ${row.tags.join(' ')} ${networkName(row.network_id)}`}
        sortValue={(row, key) =>
          key === 'network' ? networkName(row.network_id) : key === 'kind' ? row.kind : row.name
        }
        onOpen={open}
        filters={
          <Select
            className="w-36"
            aria-label="State"
            value={search.state}
            options={STATES}
            onChange={state => onSearch({ state })}
          />
        }
        empty={
          <EmptyState
            icon={<Target />}
            title="No destinations yet"
            actions={
              <Link
                to="/destinations/$id"
                params={{ id: 'new' }}
                search={prev => prev}
                className={buttonClass('primary')}
              >
                <Plus className="size-3.5" /> New destination
              </Link>
            }
          >
            A destination is where visitors end up: an offer that pays, a landing page on the way, or any URL. Campaigns
            choose among them.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind="destination"
          name={deleting.name}
          onDelete={() => deleteDestination(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void refresh();
          }}
          onClose={() => setDeleting(null)}
        >
          Its past clicks and conversions stay in reports. To only stop its traffic, pause or archive it instead.
        </DeleteDialog>
      )}
    </>
  );
}
