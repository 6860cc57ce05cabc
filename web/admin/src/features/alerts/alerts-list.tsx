/** Every figure that is watched, how it stands, and the way to its form. */
import { alertsQuery, deleteAlert } from '@/api/alerts';
import { reportMetadataQuery } from '@/api/reports';
import { useLacksRole } from '@/api/session';
import type { Alert } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { NameCell } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { SimpleList } from '@/components/simple-list';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import type { PlainListParams } from '@/lib/params';
import { formatAgo } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { BellRing, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { COMPARISONS, WINDOWS } from './alert-values';
import { StatusBadge } from './status-badge';

interface Props {
  search: PlainListParams;
  onSearch: (patch: Partial<PlainListParams>) => void;
}

export function AlertsList({ search, onSearch }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data } = useSuspenseQuery(alertsQuery);
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [deleting, setDeleting] = useState<Alert | null>(null);
  const title = (key: string) => metadata.metrics.find(metric => metric.key === key)?.title ?? key;
  const open = (row: Alert) => void navigate({ to: '/alerts/$id', params: { id: row.id }, search: prev => prev });
  const columns: ColumnDef<Alert>[] = [
    {
      id: 'name',
      header: 'Alert',
      cell: ({ row: { original } }) => <NameCell name={original.name} muted={!original.active} />,
      meta: { sort: 'name' },
    },
    { id: 'state', header: 'State', cell: ({ row }) => <StatusBadge alert={row.original} />, meta: { sort: 'state' } },
    {
      id: 'rule',
      header: 'Tells when',
      cell: ({ row }) => <Text value={ruleWords(row.original, title)} className="max-w-96" />,
    },
    {
      id: 'value',
      header: 'Value',
      cell: ({ row: { original } }) => (
        <span className="num">
          {(original.subject === 'change' ? original.state.change : original.state.value) ?? '—'}
          {original.subject === 'change' && original.state.change && ' %'}
        </span>
      ),
    },
    { id: 'fired', header: 'Last fired', cell: ({ row }) => formatAgo(row.original.state.fired_at) },
    {
      id: 'channels',
      header: 'Told',
      cell: ({ row }) => <Text value={row.original.channels.map(channel => channel.type).join(', ')} />,
    },
    menuColumn<Alert>(
      row => row.name,
      row => [
        { label: 'Edit', icon: <Pencil />, onSelect: () => open(row) },
        'separator',
        { label: 'Delete…', icon: <Trash2 />, danger: true, disabled: lacksEditor, onSelect: () => setDeleting(row) },
      ],
    ),
  ];
  return (
    <>
      <SimpleList
        label="Alerts"
        rows={data.items}
        columns={columns}
        search={search}
        onSearch={onSearch}
        text={row => `${row.name} ${row.metric} ${title(row.metric)}`}
        sortValue={(row, key) => (key === 'state' ? row.state.status : row.name)}
        onOpen={open}
        empty={
          <EmptyState
            icon={<BellRing />}
            title="Nothing is watched yet"
            actions={
              <Link to="/alerts/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
                <Plus className="size-3.5" /> New alert
              </Link>
            }
          >
            Learn by webhook, Telegram or e-mail when profit falls, clicks stop or a conversion rate changes.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind="alert"
          name={deleting.name}
          onDelete={() => deleteAlert(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: ['alerts'] });
          }}
          onClose={() => setDeleting(null)}
        >
          Its history of messages goes with it.
        </DeleteDialog>
      )}
    </>
  );
}

function ruleWords(alert: Alert, title: (key: string) => string): string {
  const minutes = String(alert.window_minutes);
  const window = WINDOWS.find(option => option.value === minutes)?.label ?? `${minutes} minutes`;
  const subject = alert.subject === 'change' ? `the change of ${title(alert.metric)}` : title(alert.metric);
  const unit = alert.subject === 'change' ? ' %' : '';
  const filters = alert.filters.length > 0 ? ', filtered' : '';
  return `${subject} ${COMPARISONS[alert.comparison]} ${alert.threshold}${unit} (last ${window}${filters})`;
}
