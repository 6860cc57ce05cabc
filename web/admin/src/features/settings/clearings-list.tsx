/** What was cleared: who, when, what, and how far it is. */
import { campaignsQuery } from '@/api/campaigns';
import { clearingsQuery } from '@/api/clearings';
import { useWorkspace } from '@/api/session';
import type { Clearing } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { formatCount, formatExactMoney } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { spanOf, STATES } from './clearing-words';

export function ClearingsList() {
  const { currency, timezone } = useWorkspace();
  const { data: rows } = useSuspenseQuery(clearingsQuery);
  const { data: campaigns } = useQuery({ ...campaignsQuery('all'), enabled: rows.some(row => row.campaign_id) });
  if (rows.length === 0) return null;
  const nameOf = (id: string | null | undefined) =>
    id ? (campaigns?.find(campaign => campaign.id === id)?.name ?? `deleted campaign ${id}`) : 'All campaigns';
  const columns: ColumnDef<Clearing>[] = [
    {
      id: 'which',
      header: 'Clicks of',
      cell: ({ row: { original } }) => (
        <span className="block leading-tight">
          <span className="block">{nameOf(original.campaign_id)}</span>
          <span className="text-ink-faint num block text-2xs">
            {spanOf(original)} · {original.timezone}
          </span>
        </span>
      ),
    },
    {
      id: 'clicks',
      header: 'Clicks',
      cell: ({ row }) => formatCount(row.original.clicks),
      meta: { align: 'right' },
    },
    {
      id: 'conversions',
      header: 'Conversions',
      cell: ({ row }) => formatCount(row.original.conversions),
      meta: { align: 'right' },
    },
    {
      id: 'revenue',
      header: 'Revenue',
      cell: ({ row }) => formatExactMoney(row.original.revenue, currency),
      meta: { align: 'right' },
    },
    {
      id: 'cost',
      header: 'Cost',
      cell: ({ row }) => formatExactMoney(row.original.cost, currency),
      meta: { align: 'right' },
    },
    {
      id: 'by',
      header: 'By',
      cell: ({ row: { original } }) => (
        <span className="block leading-tight">
          <span className="block">{original.by}</span>
          <span className="text-ink-faint num block text-2xs">{formatDateTime(original.created_at, timezone)}</span>
        </span>
      ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ row: { original } }) => (
        <Badge tone={STATES[original.state].tone} dot title={STATES[original.state].title}>
          {STATES[original.state].label}
        </Badge>
      ),
    },
  ];
  return (
    <Card title="What was cleared" flush>
      <DataTable label="What was cleared" rows={rows} columns={columns} rowId={row => row.id} />
    </Card>
  );
}
