import { campaignsQuery } from '@/api/campaigns';
import { useEntityMetrics } from '@/api/entity-metrics';
import { useLacksRole, useWorkspace } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { Campaign } from '@/api/types';
import { MetricList } from '@/components/metric-list';
import { NameCell, StateDot } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Select } from '@/components/ui/input';
import { Text } from '@/components/value';
import type { ListParams } from '@/lib/params';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Archive, ChartColumn, Copy, Link2, Megaphone, Pause, Pencil, Play, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { DeleteCampaign } from './delete-campaign';
import { useCampaignActions } from './use-campaign-actions';

const STATES = [
  { value: '', label: 'Not archived' },
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused' },
  { value: 'archived', label: 'Archived' },
];

interface Props {
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
}

export function CampaignsList({ search, onSearch }: Props) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const actions = useCampaignActions();
  const lacksEditor = useLacksRole('editor');
  const { data: all } = useSuspenseQuery(campaignsQuery('all'));
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const metrics = useEntityMetrics('campaign', search.range);
  const [deleting, setDeleting] = useState<Campaign | null>(null);
  const sourceName = (id: string | null) => sources.find(source => source.id === id)?.name ?? '';
  const open = (row: Campaign, tab: 'streams' | 'link' = 'streams') =>
    void navigate({ to: '/campaigns/$id', params: { id: row.id }, search: { tab } });
  const columns: ColumnDef<Campaign>[] = [
    {
      id: 'name',
      header: 'Campaign',
      cell: ({ row: { original } }) => (
        <NameCell
          name={original.name}
          note={`/${original.slug}`}
          icon={<StateDot state={original.state} />}
          muted={original.state !== 'active'}
        />
      ),
      meta: { sort: 'name' },
    },
    {
      id: 'source',
      header: 'Source',
      cell: ({ row }) => <Text value={sourceName(row.original.source_id)} className="max-w-36" />,
      meta: { sort: 'source', className: 'hidden sm:table-cell' },
    },
  ];
  const menu = menuColumn<Campaign>(
    row => row.name,
    row => [
      { label: 'Edit', icon: <Pencil />, onSelect: () => open(row) },
      { label: 'Get link', icon: <Link2 />, onSelect: () => open(row, 'link') },
      {
        label: 'Report',
        icon: <ChartColumn />,
        onSelect: () =>
          void navigate({
            to: '/report',
            search: { range: search.range, by: 'destination,country', f: `campaign~equals~${row.id}` },
          }),
      },
      'separator',
      row.state === 'active'
        ? {
            label: 'Pause',
            icon: <Pause />,
            disabled: lacksEditor,
            onSelect: () => void actions.setState(row, 'paused'),
          }
        : {
            label: 'Activate',
            icon: <Play />,
            disabled: lacksEditor,
            onSelect: () => void actions.setState(row, 'active'),
          },
      { label: 'Clone', icon: <Copy />, disabled: lacksEditor, onSelect: () => void actions.clone(row) },
      {
        label: 'Archive',
        icon: <Archive />,
        disabled: lacksEditor ?? (row.state === 'archived' ? 'It is archived already.' : undefined),
        onSelect: () => void actions.setState(row, 'archived'),
      },
      'separator',
      { label: 'Delete…', icon: <Trash2 />, danger: true, disabled: lacksEditor, onSelect: () => setDeleting(row) },
    ],
  );
  const rows = all.filter(row => (search.state === '' ? row.state !== 'archived' : row.state === search.state));
  return (
    <>
      <MetricList
        label="Campaigns"
        rows={rows}
        metrics={metrics}
        currency={workspace.currency}
        timezone={workspace.timezone}
        search={search}
        onSearch={onSearch}
        columns={columns}
        trailing={[menu]}
        text={row => `${row.name} ${row.slug} ${row.tags.join(' ')} ${sourceName(row.source_id)}`}
        sortValue={(row, key) => (key === 'source' ? sourceName(row.source_id) : row.name)}
        onOpen={row => open(row)}
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
            icon={<Megaphone />}
            title="No campaigns yet"
            actions={
              <Link to="/campaigns/new" className={buttonClass('primary')}>
                <Plus className="size-3.5" /> New campaign
              </Link>
            }
          >
            A campaign is a link that counts its visitors and sends each to the right destination. Name it, choose a
            destination, and the link works.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteCampaign
          campaign={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null);
            void actions.refresh();
          }}
        />
      )}
    </>
  );
}
