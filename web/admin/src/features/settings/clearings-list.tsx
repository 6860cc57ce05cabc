/** What was cleared: who, when, what, and how far it is. */
import { campaignsQuery } from '@/api/campaigns';
import { clearingsQuery } from '@/api/clearings';
import { useWorkspace } from '@/api/session';
import type { Clearing } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { figureColumn, stateColumn, TwoLines } from '@/components/list-columns';
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
  const money = (amount: string) => formatExactMoney(amount, currency);
  const columns: ColumnDef<Clearing>[] = [
    {
      id: 'which',
      header: 'Clicks of',
      cell: ({ row: { original } }) => (
        <TwoLines below={`${spanOf(original)} · ${original.timezone}`}>{nameOf(original.campaign_id)}</TwoLines>
      ),
    },
    figureColumn('clicks', 'Clicks', row => formatCount(row.clicks)),
    figureColumn('conversions', 'Conversions', row => formatCount(row.conversions)),
    figureColumn('revenue', 'Revenue', row => money(row.revenue)),
    figureColumn('cost', 'Cost', row => money(row.cost)),
    {
      id: 'by',
      header: 'By',
      cell: ({ row: { original } }) => (
        <TwoLines below={formatDateTime(original.created_at, timezone)}>{original.by}</TwoLines>
      ),
    },
    stateColumn(STATES),
  ];
  return (
    <Card title="What was cleared" flush>
      <DataTable label="What was cleared" rows={rows} columns={columns} rowId={row => row.id} />
    </Card>
  );
}
