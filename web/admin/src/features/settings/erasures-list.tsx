/** What was erased: who asked, when, how much, and how far it is. Whom it was about is not kept. */
import { erasuresQuery } from '@/api/erasures';
import { useWorkspace } from '@/api/session';
import type { Erasure } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { shortOf, STATES } from './erasure-words';

type Count = 'clicks' | 'conversions' | 'postbacks' | 'deliveries';

const count = (name: Count, header: string): ColumnDef<Erasure> => ({
  id: name,
  header,
  cell: ({ row }) => formatCount(row.original[name]),
  meta: { align: 'right' },
});

export function ErasuresList() {
  const { timezone } = useWorkspace();
  const { data: rows } = useSuspenseQuery(erasuresQuery);
  if (rows.length === 0) return null;
  const columns: ColumnDef<Erasure>[] = [
    {
      id: 'what',
      header: 'Found by',
      cell: ({ row: { original } }) => (
        <span className="block leading-tight">
          <span className="block">{shortOf(original.by)}</span>
          {original.note && <span className="text-ink-faint block text-2xs">{original.note}</span>}
        </span>
      ),
    },
    count('clicks', 'Clicks'),
    count('conversions', 'Conversions'),
    count('postbacks', 'Postbacks'),
    count('deliveries', 'Deliveries'),
    {
      id: 'asked_by',
      header: 'By',
      cell: ({ row: { original } }) => (
        <span className="block leading-tight">
          <span className="block">{original.asked_by}</span>
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
    <Card title="What was erased" flush>
      <DataTable label="What was erased" rows={rows} columns={columns} rowId={row => row.id} />
    </Card>
  );
}
