import type { DeliveryRow } from '@/api/types';
import { Text } from '@/components/value';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { ClickLink, EntityLink, IdText, Mono, TimeCell, Word } from './cells';
import type { DetailSection, LogContext } from './log-context';

export function deliveryColumns({ timezone }: LogContext): ColumnDef<DeliveryRow>[] {
  return [
    { id: 'at', header: 'Time', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    { id: 'outcome', header: 'Outcome', cell: ({ row }) => <Word word={row.original.outcome} /> },
    {
      id: 'status',
      header: 'Answer',
      cell: ({ row: { original } }) => (original.status === null ? <Text value="" /> : String(original.status)),
      meta: { align: 'right' },
    },
    {
      id: 'attempt',
      header: 'Attempt',
      cell: ({ row }) => formatCount(row.original.attempt),
      meta: { align: 'right' },
    },
    {
      id: 'duration',
      header: 'Took',
      cell: ({ row }) => `${formatCount(row.original.duration_ms)} ms`,
      meta: { align: 'right' },
    },
    {
      id: 'output',
      header: 'Outgoing postback',
      cell: ({ row }) => <Text value={row.original.output?.name} className="max-w-44" />,
    },
    {
      id: 'campaign',
      header: 'Campaign',
      cell: ({ row }) => <Text value={row.original.campaign?.name} className="max-w-44" />,
    },
    {
      id: 'url',
      header: 'URL',
      cell: ({ row: { original } }) => (
        <Text value={`${original.method} ${original.url}`} mono className="max-w-[24rem]" />
      ),
    },
    {
      id: 'response',
      header: 'Response',
      cell: ({ row }) => <Text value={row.original.response} className="max-w-56" />,
    },
  ];
}

export function deliveryDetail(row: DeliveryRow, { timezone }: LogContext): DetailSection[] {
  return [
    {
      title: 'Delivery',
      rows: [
        ['Outcome', <Word key="outcome" word={row.outcome} />],
        ['Answer', row.status === null ? 'none' : String(row.status)],
        ['Ended', `${formatDateTime(row.at, timezone)} ${timezone}`],
        ['Attempt', String(row.attempt)],
        ['Took', `${formatCount(row.duration_ms)} ms`],
        ['Outgoing postback', row.output && <EntityLink kind="outputs" entity={row.output} />],
      ],
    },
    {
      title: 'Exchange',
      rows: [
        ['URL', <Mono key="url" text={`${row.method} ${row.url}`} />],
        ['Response', <Mono key="response" text={row.response} />],
      ],
    },
    {
      title: 'About',
      rows: [
        ['Conversion id', <IdText key="conversion" id={row.conversion_id} label="conversion id" />],
        ['Revision', String(row.revision)],
        ['Click id', <ClickLink key="click" id={row.click_id} />],
        ['Campaign', row.campaign && <EntityLink kind="campaigns" entity={row.campaign} />],
        ['Traffic source', row.source && <EntityLink kind="sources" entity={row.source} />],
      ],
    },
  ];
}
