/** Every saved report that is written to files by itself. */
import { scheduledExportsQuery } from '@/api/scheduled';
import { useWorkspace } from '@/api/session';
import type { ScheduledExport } from '@/api/types';
import { reportViewsQuery } from '@/api/views';
import { NameCell } from '@/components/name-cell';
import { SimpleList } from '@/components/simple-list';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import type { PlainListParams } from '@/lib/params';
import { formatDateTime } from '@/lib/time';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { CalendarClock, Plus } from 'lucide-react';
import { lastWords, whenWords } from './export-values';

interface Props {
  search: PlainListParams;
  onSearch: (patch: Partial<PlainListParams>) => void;
}

export function ExportsList({ search, onSearch }: Props) {
  const navigate = useNavigate();
  const { timezone } = useWorkspace();
  const { data: schedules } = useSuspenseQuery(scheduledExportsQuery);
  const { data: views } = useSuspenseQuery(reportViewsQuery);
  const viewName = (id: string) => views.find(view => view.id === id)?.name ?? 'a report of somebody else';
  const open = (row: ScheduledExport) =>
    void navigate({ to: '/exports/$id', params: { id: row.id }, search: prev => prev });
  const columns: ColumnDef<ScheduledExport>[] = [
    {
      id: 'name',
      header: 'Export',
      cell: ({ row: { original } }) => <NameCell name={original.name} muted={!original.active} />,
      meta: { sort: 'name' },
    },
    { id: 'view', header: 'Report', cell: ({ row }) => <Text value={viewName(row.original.view_id)} /> },
    { id: 'when', header: 'When', cell: ({ row }) => <Text value={whenWords(row.original)} className="max-w-72" /> },
    {
      id: 'next',
      header: 'Next',
      cell: ({ row: { original } }) =>
        original.active ? formatDateTime(original.next_at, timezone) : <Badge>paused</Badge>,
    },
    {
      id: 'last',
      header: 'Last result',
      cell: ({ row: { original } }) => (
        <span className="flex items-center gap-2">
          {original.runs[0] && (
            <Badge tone={original.runs[0].error === '' ? 'positive' : 'negative'}>
              {original.runs[0].error === '' ? 'written' : 'failed'}
            </Badge>
          )}
          <Text value={lastWords(original)} className="max-w-72" />
        </span>
      ),
    },
    { id: 'files', header: 'Files', cell: ({ row }) => row.original.files.length },
  ];
  return (
    <SimpleList
      label="Scheduled exports"
      rows={schedules}
      columns={columns}
      search={search}
      onSearch={onSearch}
      text={row => `${row.name} ${viewName(row.view_id)}`}
      sortValue={row => row.name}
      onOpen={open}
      empty={
        <EmptyState
          icon={<CalendarClock />}
          title="Nothing is exported by itself yet"
          actions={
            <Link to="/exports/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
              <Plus className="size-3.5" /> New scheduled export
            </Link>
          }
        >
          A saved report is written to a file every day, week or month, and the last files are kept to download.
        </EmptyState>
      }
    />
  );
}
