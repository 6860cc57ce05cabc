/** What was erased: who asked, when, how much, and how far it is. Whom it was about is not kept. */
import { erasuresQuery } from '@/api/erasures';
import { useWorkspace } from '@/api/session';
import type { Erasure } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { figureColumn, stateColumn, TwoLines } from '@/components/list-columns';
import { Card } from '@/components/ui/card';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { shortOf, STATES } from './erasure-words';

export function ErasuresList() {
  const { timezone } = useWorkspace();
  const { data: rows } = useSuspenseQuery(erasuresQuery);
  if (rows.length === 0) return null;
  const columns: ColumnDef<Erasure>[] = [
    {
      id: 'what',
      header: 'Found by',
      cell: ({ row: { original } }) => <TwoLines below={original.note}>{shortOf(original.by)}</TwoLines>,
    },
    figureColumn('clicks', 'Clicks', row => formatCount(row.clicks)),
    figureColumn('conversions', 'Conversions', row => formatCount(row.conversions)),
    figureColumn('postbacks', 'Postbacks', row => formatCount(row.postbacks)),
    figureColumn('deliveries', 'Deliveries', row => formatCount(row.deliveries)),
    {
      id: 'asked_by',
      header: 'By',
      cell: ({ row: { original } }) => (
        <TwoLines below={formatDateTime(original.created_at, timezone)}>{original.asked_by}</TwoLines>
      ),
    },
    stateColumn(STATES),
  ];
  return (
    <Card title="What was erased" flush>
      <DataTable label="What was erased" rows={rows} columns={columns} rowId={row => row.id} />
    </Card>
  );
}
