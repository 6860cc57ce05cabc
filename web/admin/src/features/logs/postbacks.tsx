import type { PostbackRow } from '@/api/types';
import { Text } from '@/components/value';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { ClickLink, EntityLink, IdText, Mono, TimeCell, Word } from './cells';
import type { DetailSection, LogContext } from './log-context';

export function postbackColumns({ timezone }: LogContext): ColumnDef<PostbackRow>[] {
  return [
    { id: 'at', header: 'Time', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    { id: 'verdict', header: 'Verdict', cell: ({ row }) => <Word word={row.original.verdict} /> },
    {
      id: 'reason',
      header: 'Why',
      cell: ({ row: { original } }) => (
        <Text value={original.reason || original.code.replaceAll('_', ' ')} className="max-w-[26rem]" />
      ),
    },
    {
      id: 'network',
      header: 'Network',
      cell: ({ row }) => <Text value={row.original.network?.name} className="max-w-44" />,
    },
    {
      id: 'query',
      header: 'Received',
      cell: ({ row: { original } }) => (
        <Text value={`${original.method} ?${original.query}`} mono className="max-w-[24rem]" />
      ),
    },
    {
      id: 'click',
      header: 'Click id',
      cell: ({ row }) => <Text value={row.original.click_id} mono className="max-w-32" />,
    },
    { id: 'ip', header: 'From', cell: ({ row }) => <Text value={row.original.ip} mono /> },
  ];
}

export function postbackDetail(row: PostbackRow, { timezone }: LogContext): DetailSection[] {
  const parameters = [...new URLSearchParams(row.query)];
  return [
    {
      title: 'Verdict',
      rows: [
        ['Verdict', <Word key="verdict" word={row.verdict} />],
        ['Why', row.reason],
        ['Code', <Mono key="code" text={row.code} />],
        ['Received', `${formatDateTime(row.at, timezone)} ${timezone}`],
        ['Judged', row.judged_at ? `${formatDateTime(row.judged_at, timezone)} ${timezone}` : 'not yet'],
        ['Network', row.network && <EntityLink kind="networks" entity={row.network} />],
        ['Click id', row.click_id && <ClickLink id={row.click_id} />],
        ['Conversion id', row.conversion_id && <IdText id={row.conversion_id} label="conversion id" />],
      ],
    },
    {
      title: 'Parameters',
      rows: parameters.map(([name, value]) => [name, <Mono key={name} text={value || '(empty)'} />]),
    },
    {
      title: 'Request',
      rows: [
        ['Method', row.method],
        ['Query', <Mono key="query" text={row.query} />],
        ['From', <Mono key="ip" text={row.ip} />],
        ['User agent', <Mono key="agent" text={row.user_agent} />],
      ],
    },
  ];
}
