import { isCustom, useOwnNames } from '@/api/statuses';
import type { ConversionRow } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { Text } from '@/components/value';
import { formatExactMoney } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { ArrowRight } from 'lucide-react';
import { ClickLink, IdText, originSection, parameterSection, Place, TimeCell, visitorSection, Word } from './cells';
import type { DetailSection, LogContext } from './log-context';

/** The status, with the one before when it has changed. */
function Status({ row }: { row: ConversionRow }) {
  const names = useOwnNames();
  return (
    <span className="flex items-center gap-1">
      {row.previous_status && row.previous_status !== row.status && (
        <>
          <Word word={names.get(row.previous_status) ?? row.previous_status} />
          <ArrowRight className="text-ink-faint size-3" aria-label="became" />
        </>
      )}
      {row.status ? <StatusWord row={row} /> : <Word word="taken away" />}
    </span>
  );
}

/** The status as the workspace calls it. */
export function StatusWord({ row }: { row: ConversionRow }) {
  return row.status && isCustom(row.status) ? (
    <Badge tone="accent">{row.status_name}</Badge>
  ) : (
    <Word word={row.status ?? 'taken away'} />
  );
}

/** What the conversion pays; of events, their values. */
export function Worth({ row }: { row: ConversionRow }) {
  if (row.status !== 'event') return <span className="num">{formatExactMoney(row.payout, row.currency)}</span>;
  const values = row.events.map(event => `${event.number} = ${event.value}`).join(', ');
  return (
    <span className="num block max-w-48 truncate" title={`Events ${values}`}>
      {values}
    </span>
  );
}

export function conversionColumns({ timezone }: LogContext): ColumnDef<ConversionRow>[] {
  return [
    { id: 'at', header: 'Time', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    { id: 'status', header: 'Status', cell: ({ row }) => <Status row={row.original} /> },
    {
      id: 'payout',
      header: 'Payout',
      cell: ({ row }) => <Worth row={row.original} />,
      meta: { align: 'right' },
    },
    {
      id: 'campaign',
      header: 'Campaign',
      cell: ({ row }) => <Text value={row.original.campaign?.name} className="max-w-44" />,
    },
    {
      id: 'destination',
      header: 'Destination',
      cell: ({ row }) => <Text value={row.original.destination?.name} className="max-w-44" />,
    },
    {
      id: 'network',
      header: 'Network',
      cell: ({ row }) => <Text value={row.original.network?.name} className="max-w-44" />,
    },
    { id: 'place', header: 'Place', cell: ({ row }) => <Place visitor={row.original.visitor} /> },
    {
      id: 'transaction',
      header: 'Transaction',
      cell: ({ row }) => <Text value={row.original.transaction} mono className="max-w-36" />,
    },
    {
      id: 'click',
      header: 'Click id',
      cell: ({ row }) => <Text value={row.original.click_id} mono className="max-w-32" />,
    },
  ];
}

export function conversionDetail(row: ConversionRow, { timezone }: LogContext): DetailSection[] {
  const time = (at: string) => `${formatDateTime(at, timezone)} ${timezone}`;
  const original =
    row.original_currency !== row.currency || row.original_payout !== row.payout
      ? formatExactMoney(row.original_payout, row.original_currency)
      : '';
  return [
    {
      title: 'Conversion',
      rows: [
        ['Conversion id', <IdText key="id" id={row.id} label="conversion id" />],
        ['Click id', <ClickLink key="click" id={row.click_id} />],
        ['Status', <Status key="status" row={row} />],
        ['Network’s word', row.original_status],
        ['Second status', row.second_status],
        ['Change', row.revision === 1 ? 'first report' : `number ${row.revision}`],
        [row.status === 'event' ? 'Events' : 'Payout', <Worth key="worth" row={row} />],
        ['As reported', original],
        ['Cost', formatExactMoney(row.cost, row.currency)],
        ['Transaction', row.transaction],
        ['Clicked', time(row.clicked_at)],
        ['First reported', time(row.converted_at)],
        ['This change', time(row.at)],
      ],
    },
    originSection(row),
    parameterSection(row),
    visitorSection(row.visitor),
  ];
}
