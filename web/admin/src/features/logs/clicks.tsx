import type { ClickRow } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { Text } from '@/components/value';
import { formatExactMoney } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import {
  Gadget,
  IdText,
  Mono,
  originSection,
  parameterSection,
  Place,
  TimeCell,
  visitorSection,
  VisitorLink,
  Word,
} from './cells';
import type { DetailSection, LogContext } from './log-context';

export function clickColumns({ timezone }: LogContext): ColumnDef<ClickRow>[] {
  return [
    { id: 'at', header: 'Time', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    {
      id: 'outcome',
      header: 'Outcome',
      cell: ({ row: { original } }) => (
        <span className="flex gap-1">
          <Word word={original.outcome} />
          {original.visitor.bot && (
            <Badge tone="negative" title={original.visitor.bot_reason}>
              bot
            </Badge>
          )}
          {original.unique_campaign && <Badge title="First click of this visitor on the campaign">unique</Badge>}
        </span>
      ),
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
    { id: 'place', header: 'Place', cell: ({ row }) => <Place visitor={row.original.visitor} /> },
    { id: 'device', header: 'Device', cell: ({ row }) => <Gadget visitor={row.original.visitor} /> },
    { id: 'ip', header: 'IP address', cell: ({ row }) => <Text value={row.original.ip} mono /> },
    {
      id: 'cost',
      header: 'Cost',
      cell: ({ row: { original } }) => formatExactMoney(original.cost, original.currency),
      meta: { align: 'right' },
    },
    {
      id: 'external',
      header: 'External id',
      cell: ({ row }) => <Text value={row.original.external_id} mono className="max-w-36" />,
    },
    { id: 'id', header: 'Click id', cell: ({ row }) => <Text value={row.original.id} mono className="max-w-32" /> },
  ];
}

export function clickDetail(row: ClickRow, { timezone }: LogContext): DetailSection[] {
  const unique = [
    row.unique_campaign && 'campaign',
    row.unique_stream && 'stream',
    row.unique_workspace && 'workspace',
  ].filter(Boolean);
  return [
    {
      title: 'Click',
      rows: [
        ['Click id', <IdText key="id" id={row.id} label="click id" />],
        ['Received', `${formatDateTime(row.at, timezone)} ${timezone}`],
        ['Outcome', <Word key="outcome" word={row.outcome} />],
        ['Answer', String(row.status)],
        ['Sent to', <Mono key="target" text={row.target} />],
        ['Handed over to', row.passed_to?.name],
        ['Recorded by', row.by_script ? 'the tracking script, on the landing page' : ''],
        ['New to', unique.length > 0 ? unique.join(', ') : 'nothing: seen before'],
        ['Cost', formatExactMoney(row.cost, row.currency)],
        ['Visitor key', row.visitor_key && <VisitorLink key="visitor" visitor={row.visitor_key} />],
      ],
    },
    originSection(row),
    parameterSection(row),
    visitorSection(row.visitor),
    {
      title: 'Request',
      rows: [
        ['IP address', <Mono key="ip" text={row.ip} />],
        ['Host', row.host],
        ['Path and query', <Mono key="path" text={row.path_and_query} />],
        ['Referrer', <Mono key="referrer" text={row.referrer} />],
        ['User agent', <Mono key="agent" text={row.user_agent} />],
      ],
    },
  ];
}
