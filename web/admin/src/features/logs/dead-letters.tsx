import type { DeadLetterRow } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { Checkbox } from '@/components/ui/toggle';
import { Text } from '@/components/value';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { IdText, Mono, TimeCell } from './cells';
import type { DetailSection, LogContext } from './log-context';

function State({ row }: { row: DeadLetterRow }) {
  if (row.written) return <Badge tone="positive">written</Badge>;
  return <Badge tone={row.tries > 0 ? 'negative' : 'warning'}>{row.tries > 0 ? 'still refused' : 'set aside'}</Badge>;
}

const kind = (row: DeadLetterRow) => row.record.replaceAll('_', ' ') || 'unknown';

export function deadLetterColumns({ timezone, selection }: LogContext): ColumnDef<DeadLetterRow>[] {
  const select: ColumnDef<DeadLetterRow>[] = selection
    ? [
        {
          id: 'select',
          header: () => <span className="sr-only">Select</span>,
          cell: ({ row: { original } }) => (
            <Checkbox
              label={<span className="sr-only">Select {original.id}</span>}
              checked={selection.ids.includes(original.id)}
              disabled={original.written}
              onChange={on => selection.toggle(original.id, on)}
            />
          ),
        },
      ]
    : [];
  return [
    ...select,
    { id: 'at', header: 'Set aside', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    { id: 'state', header: 'State', cell: ({ row }) => <State row={row.original} /> },
    { id: 'record', header: 'Record', cell: ({ row }) => <Text value={kind(row.original)} /> },
    {
      id: 'refused',
      header: 'Refused by',
      cell: ({ row }) => <Text value={row.original.refused_by} mono className="max-w-32" />,
    },
    {
      id: 'reason',
      header: 'Why',
      cell: ({ row }) => <Text value={row.original.reason} className="max-w-[30rem]" />,
    },
    {
      id: 'workspace',
      header: 'Workspace',
      cell: ({ row }) => <Text value={row.original.workspace?.name} className="max-w-40" />,
    },
    {
      id: 'tries',
      header: 'Tries',
      cell: ({ row }) => formatCount(row.original.tries),
      meta: { align: 'right' },
    },
    { id: 'id', header: 'Record id', cell: ({ row }) => <Text value={row.original.id} mono className="max-w-52" /> },
  ];
}

export function deadLetterDetail(row: DeadLetterRow, { timezone }: LogContext): DetailSection[] {
  const shown = row.payload.length / 2;
  return [
    {
      title: 'Dead letter',
      rows: [
        ['State', <State key="state" row={row} />],
        ['Why', row.reason],
        ['Refused by', row.refused_by && <Mono key="table" text={row.refused_by} />],
        ['Error code', row.code === null ? '' : String(row.code)],
        ['Set aside', `${formatDateTime(row.at, timezone)} ${timezone}`],
        ['Tried again', row.tries > 0 ? `${row.tries} ×, last at ${formatDateTime(row.tried_at, timezone)}` : 'never'],
      ],
    },
    {
      title: 'Record',
      rows: [
        ['Record id', <IdText key="id" id={row.id} label="record id" />],
        ['Kind', kind(row)],
        ['Stream', row.stream],
        ['Workspace', row.workspace?.name ?? 'none that could be read'],
        ['Length', `${formatCount(row.bytes)} bytes`],
        [shown < row.bytes ? `First ${shown} bytes` : 'Bytes', <Mono key="bytes" text={row.payload} />],
      ],
    },
  ];
}
