/** Every link to a report that people without an account can read, and the way to end one. */
import { deleteShareLink, shareLinksQuery } from '@/api/shares';
import { useNamedWords } from '@/api/named-words';
import { reportMetadataQuery } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import type { ShareLink } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { DeleteDialog } from '@/components/delete-dialog';
import { NameCell } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import { conditionsOf, conditionWords } from '@/lib/conditions';
import { rangeLabel, rangeText } from '@/lib/range';
import { formatDate } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { ChartColumn, Share2, Unlink } from 'lucide-react';
import { useState } from 'react';

/** Whether a link has ended by itself. */
function ended(link: ShareLink): boolean {
  return link.expires_at !== null && link.expires_at !== undefined && Date.parse(link.expires_at) <= Date.now();
}

export function LinksList() {
  const client = useQueryClient();
  const { timezone } = useWorkspace();
  const { data: links } = useSuspenseQuery(shareLinksQuery);
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [ending, setEnding] = useState<ShareLink | null>(null);
  const words = useNamedWords(
    metadata.dimensions,
    links.flatMap(link => conditionsOf(link.query.filters)),
  );
  const columns: ColumnDef<ShareLink>[] = [
    {
      id: 'name',
      header: 'Title',
      cell: ({ row: { original } }) => (
        <NameCell
          name={original.name}
          note={<code className="font-mono">/shared/{original.prefix}…</code>}
          muted={ended(original)}
        />
      ),
    },
    {
      id: 'access',
      header: 'Access',
      cell: ({ row: { original } }) => (
        <span className="flex gap-1">
          {ended(original) && <Badge tone="negative">ended</Badge>}
          <Badge tone={original.has_password ? 'accent' : 'neutral'}>
            {original.has_password ? 'password' : 'link only'}
          </Badge>
        </span>
      ),
    },
    {
      id: 'rows',
      header: 'Rows',
      cell: ({ row: { original } }) => (
        <Text
          value={(original.query.dimensions ?? []).map(words.title).join(' × ') || 'Totals only'}
          className="max-w-56"
        />
      ),
    },
    {
      id: 'range',
      header: 'Range',
      cell: ({ row: { original } }) =>
        original.range_open ? 'Free to choose' : rangeLabel(rangeText(original.query.range)),
    },
    {
      id: 'filters',
      header: 'Locked filter',
      cell: ({ row: { original } }) => (
        // In full: it is what the readers of the link do not get to see.
        <Text
          value={conditionsOf(original.query.filters)
            .map(condition => conditionWords(condition, words))
            .join(' and ')}
          className="max-w-96 min-w-56 py-1 leading-tight whitespace-normal"
        />
      ),
    },
    { id: 'made', header: 'Made', cell: ({ row }) => formatDate(row.original.created_at, timezone) },
    {
      id: 'ends',
      header: 'Ends',
      cell: ({ row: { original } }) => (original.expires_at ? formatDate(original.expires_at, timezone) : 'never'),
    },
    menuColumn<ShareLink>(
      row => row.name,
      row => [{ label: 'End this link…', icon: <Unlink />, danger: true, onSelect: () => setEnding(row) }],
    ),
  ];
  return (
    <Card flush className="overflow-hidden">
      <DataTable
        label="Share links"
        columns={columns}
        rows={links}
        rowId={row => row.id}
        rowClass={row => (ended(row) ? 'text-ink-faint' : undefined)}
        empty={
          <EmptyState
            icon={<Share2 />}
            title="No report is shared yet"
            actions={
              <Link to="/report" className={buttonClass('primary')}>
                <ChartColumn className="size-3.5" /> Open the report
              </Link>
            }
          >
            Put a report together, then choose “Share”: partners and clients read it by a link, without an account, and
            can change nothing.
          </EmptyState>
        }
      />
      {ending && (
        <DeleteDialog
          kind="link"
          name={ending.name}
          onDelete={() => deleteShareLink(ending.id)}
          onDone={() => {
            setEnding(null);
            void client.invalidateQueries({ queryKey: ['share-links'] });
          }}
          onClose={() => setEnding(null)}
        >
          Whoever has it sees nothing any more, at once. It cannot be brought back.
        </DeleteDialog>
      )}
    </Card>
  );
}
