import { campaignsQuery } from '@/api/campaigns';
import { networksQuery } from '@/api/networks';
import { circuitsQuery, deleteOutput, outputsQuery } from '@/api/outputs';
import { useLacksRole } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import { useOwnNames } from '@/api/statuses';
import type { Output } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { NameCell, StateDot } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { SimpleList } from '@/components/simple-list';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import type { PlainListParams } from '@/lib/params';
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { ArrowLeftRight, Pencil, Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { circuitText } from './circuit-banner';

interface Props {
  search: PlainListParams;
  onSearch: (patch: Partial<PlainListParams>) => void;
}

export function OutputsList({ search, onSearch }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: rows } = useSuspenseQuery(outputsQuery);
  const scopeText = useScopeText();
  const names = useOwnNames();
  const { data: circuits } = useQuery(circuitsQuery);
  const [deleting, setDeleting] = useState<Output | null>(null);
  const open = (row: Output) => void navigate({ to: '/outputs/$id', params: { id: row.id }, search: prev => prev });
  const columns: ColumnDef<Output>[] = [
    {
      id: 'name',
      header: 'Outgoing postback',
      cell: ({ row: { original } }) => (
        <NameCell
          name={original.name}
          icon={<StateDot state={original.active ? 'active' : 'paused'} />}
          muted={!original.active}
        />
      ),
      meta: { sort: 'name' },
    },
    {
      id: 'scope',
      header: 'Conversions of',
      cell: ({ row }) => <Text value={scopeText(row.original)} className="max-w-56" />,
      meta: { sort: 'scope' },
    },
    {
      id: 'statuses',
      header: 'Statuses',
      cell: ({ row: { original } }) => {
        const told = original.conversion_api?.events.map(event => event.status) ?? original.statuses;
        return told.length === 0 ? (
          <span className="text-ink-faint">All</span>
        ) : (
          <span className="flex gap-1">
            {told.map(status => (
              <Badge key={status}>{names.get(status) ?? status}</Badge>
            ))}
          </span>
        );
      },
    },
    {
      id: 'circuit',
      header: 'Receiver',
      cell: ({ row: { original } }) => {
        const circuit = circuits?.items.find(it => it.output_id === original.id);
        return circuit ? (
          <Badge tone="negative" title={circuitText(circuit)}>
            fails, paused
          </Badge>
        ) : null;
      },
    },
    {
      id: 'url',
      header: 'URL',
      cell: ({ row: { original } }) => (
        <span className="flex items-center gap-2">
          <Badge>{original.method}</Badge>
          <Text value={original.url} mono className="max-w-96" />
        </span>
      ),
    },
    menuColumn<Output>(
      row => row.name,
      row => [
        { label: 'Edit', icon: <Pencil />, onSelect: () => open(row) },
        {
          label: 'Show deliveries',
          icon: <ArrowLeftRight />,
          onSelect: () =>
            void navigate({
              to: '/logs/$kind',
              params: { kind: 'deliveries' },
              search: { f: `output~equals~${row.id}` },
            }),
        },
        'separator',
        { label: 'Delete…', icon: <Trash2 />, danger: true, disabled: lacksEditor, onSelect: () => setDeleting(row) },
      ],
    ),
  ];
  return (
    <>
      <SimpleList
        label="Outgoing postbacks"
        rows={rows}
        columns={columns}
        search={search}
        onSearch={onSearch}
        text={row => `${row.name} ${row.url} ${scopeText(row)}`}
        sortValue={(row, key) => (key === 'scope' ? scopeText(row) : row.name)}
        onOpen={open}
        empty={
          <EmptyState
            icon={<Send />}
            title="No outgoing postbacks yet"
            actions={
              <Link to="/outputs/$id" params={{ id: 'new' }} search={prev => prev} className={buttonClass('primary')}>
                <Plus className="size-3.5" /> New outgoing postback
              </Link>
            }
          >
            Traffic sources optimise better when they learn which clicks converted. Give the source’s postback URL here;
            failed calls are retried for hours.
          </EmptyState>
        }
      />
      {deleting && (
        <DeleteDialog
          kind="outgoing postback"
          name={deleting.name}
          onDelete={() => deleteOutput(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: ['outputs'] });
          }}
          onClose={() => setDeleting(null)}
        >
          Deliveries that still wait for a retry are given up.
        </DeleteDialog>
      )}
    </>
  );
}

function useScopeText(): (output: Output) => string {
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const { data: networks } = useSuspenseQuery(networksQuery);
  return output => {
    const { scope } = output;
    if (scope.type === 'workspace') return 'All of the workspace';
    const [word, list] =
      scope.type === 'source'
        ? ['Source', sources]
        : scope.type === 'campaign'
          ? ['Campaign', campaigns]
          : ['Network', networks];
    return `${word as string}: ${(list as { id: string; name: string }[]).find(item => item.id === scope.id)?.name ?? scope.id}`;
  };
}
