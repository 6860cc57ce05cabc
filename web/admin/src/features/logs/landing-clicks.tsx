import type { LandingClickRow } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { Text } from '@/components/value';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { ClickLink, Gadget, Mono, originSection, parameterSection, Place, TimeCell, visitorSection } from './cells';
import type { DetailSection, LogContext } from './log-context';

/** 850 ms, 12.3 s, 4 min 05 s */
export function stay(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${formatCount(Math.floor(seconds / 60))} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export function landingClickColumns({ timezone }: LogContext): ColumnDef<LandingClickRow>[] {
  return [
    { id: 'at', header: 'Went on', cell: ({ row }) => <TimeCell at={row.original.at} timezone={timezone} /> },
    {
      id: 'stay',
      header: 'On the landing',
      cell: ({ row: { original } }) => (
        <span className="flex justify-end gap-1">
          {!original.first && <Badge title="Not the first one of its click: counts as a hit alone">again</Badge>}
          {stay(original.on_landing_ms)}
        </span>
      ),
      meta: { align: 'right' },
    },
    {
      id: 'campaign',
      header: 'Campaign',
      cell: ({ row }) => <Text value={row.original.campaign?.name} className="max-w-44" />,
    },
    {
      id: 'landing',
      header: 'Landing',
      cell: ({ row }) => <Text value={row.original.landing?.name} className="max-w-44" />,
    },
    {
      id: 'destination',
      header: 'Destination',
      cell: ({ row }) => <Text value={row.original.destination?.name} className="max-w-44" />,
    },
    { id: 'place', header: 'Place', cell: ({ row }) => <Place visitor={row.original.visitor} /> },
    { id: 'device', header: 'Device', cell: ({ row }) => <Gadget visitor={row.original.visitor} /> },
    {
      id: 'click',
      header: 'Click id',
      cell: ({ row }) => <Text value={row.original.click_id} mono className="max-w-32" />,
    },
  ];
}

export function landingClickDetail(row: LandingClickRow, { timezone }: LogContext): DetailSection[] {
  const time = (at: string) => `${formatDateTime(at, timezone)} ${timezone}`;
  return [
    {
      title: 'Landing click',
      rows: [
        ['Click id', <ClickLink key="click" id={row.click_id} />],
        ['Clicked', time(row.clicked_at)],
        ['Went on', time(row.at)],
        ['On the landing', stay(row.on_landing_ms)],
        ['Counts as', row.first ? 'the landing click of its click' : 'a further hit'],
        ['Sent to', <Mono key="target" text={row.target} />],
      ],
    },
    originSection(row),
    parameterSection(row),
    visitorSection(row.visitor),
  ];
}
