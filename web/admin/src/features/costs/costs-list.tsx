import { costsQuery, undoCost } from '@/api/costs';
import { useNamedWords } from '@/api/named-words';
import { reportMetadataQuery } from '@/api/reports';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { CostCorrection } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { figureColumn, stateColumn, TwoLines } from '@/components/list-columns';
import { menuColumn } from '@/components/row-menu';
import { Button, buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import { conditionsOf, conditionWords } from '@/lib/conditions';
import { formatCount, formatExactMoney } from '@/lib/format';
import { formatAgo, formatDateTime } from '@/lib/time';
import { useQueryClient, useSuspenseInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Coins, Plus, Undo2, Upload } from 'lucide-react';
import { useState } from 'react';
import { amountWords, ORIGINS, spanWords, STATES, visitWords } from './cost-words';
import { UndoDialog } from './undo-dialog';

export function CostsList() {
  const client = useQueryClient();
  const { currency, timezone } = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useSuspenseInfiniteQuery(costsQuery);
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [undoing, setUndoing] = useState<CostCorrection | null>(null);
  const rows = data.pages.flatMap(page => page.items);
  const words = useNamedWords(
    metadata.dimensions,
    rows.flatMap(row => conditionsOf(row.filters)),
  );
  const filterText = (row: CostCorrection) =>
    conditionsOf(row.filters)
      .map(condition => conditionWords(condition, words))
      .join(' and ') || 'All clicks';
  const money = (amount: string) => formatExactMoney(amount, currency);
  const columns: ColumnDef<CostCorrection>[] = [
    {
      id: 'range',
      header: 'Clicks of',
      cell: ({ row: { original } }) => (
        <TwoLines below={original.timezone}>
          <span className="num">{spanWords(original)}</span>
        </TwoLines>
      ),
    },
    {
      id: 'filters',
      header: 'Which',
      cell: ({ row: { original } }) => (
        <span className="block max-w-80 leading-tight">
          <Text value={filterText(original)} />
          <span className="text-ink-faint block truncate text-2xs">
            {visitWords(original)}
            {original.note && ` · ${original.note}`}
          </span>
        </span>
      ),
    },
    {
      id: 'amount',
      header: 'Amount',
      cell: ({ row: { original } }) => (
        <TwoLines below={original.currency !== currency && `= ${money(original.converted)}`}>
          <span className="num">{amountWords(original)}</span>
        </TwoLines>
      ),
    },
    figureColumn('clicks', 'Clicks', row => formatCount(row.clicks)),
    figureColumn(
      'before',
      'Before',
      row => <span className="text-ink-faint">{money(row.before)}</span>,
      'What these clicks cost before',
    ),
    figureColumn(
      'after',
      'After',
      row => <span className={row.state === 'undone' ? 'text-ink-faint line-through' : ''}>{money(row.after)}</span>,
      'What they cost since',
    ),
    stateColumn(STATES),
    {
      id: 'made',
      header: 'Made',
      cell: ({ row: { original } }) => (
        <TwoLines title={formatDateTime(original.created_at, timezone)} below={ORIGINS[original.origin]}>
          {formatAgo(original.created_at)}
        </TwoLines>
      ),
    },
    menuColumn<CostCorrection>(
      row => `the correction of ${spanWords(row)}`,
      row => [
        {
          label: 'Undo…',
          icon: <Undo2 />,
          disabled: lacksEditor ?? (row.state === 'applied' ? undefined : 'Only what is applied can be undone.'),
          onSelect: () => setUndoing(row),
        },
      ],
    ),
  ];
  return (
    <Card flush className="overflow-hidden">
      <DataTable
        label="Corrections of costs"
        columns={columns}
        rows={rows}
        rowId={row => row.id}
        rowClass={row => (row.state === 'undone' ? 'text-ink-faint' : undefined)}
        empty={<NoCorrections locked={lacksEditor} />}
      />
      {hasNextPage && (
        <div className="border-line flex justify-center border-t p-2">
          <Button size="sm" variant="ghost" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older ones
          </Button>
        </div>
      )}
      {undoing && (
        <UndoDialog
          correction={undoing}
          which={filterText(undoing)}
          currency={currency}
          undo={() => undoCost(undoing.id)}
          onDone={() => {
            setUndoing(null);
            void client.invalidateQueries({ queryKey: ['costs'] });
            void client.invalidateQueries({ queryKey: ['reports', 'query'] });
          }}
          onClose={() => setUndoing(null)}
        />
      )}
    </Card>
  );
}

function NoCorrections({ locked }: { locked: string | undefined }) {
  return (
    <EmptyState
      icon={<Coins />}
      title="No costs corrected yet"
      actions={
        <>
          <Link to="/costs/new" disabled={Boolean(locked)} title={locked} className={buttonClass('primary')}>
            <Plus className="size-3.5" aria-hidden="true" /> Correct costs
          </Link>
          <Link to="/costs/import" disabled={Boolean(locked)} title={locked} className={buttonClass('secondary')}>
            <Upload className="size-3.5" aria-hidden="true" /> Import a file
          </Link>
        </>
      }
    >
      When the traffic source bills something else than the clicks were counted with, say what a day, a campaign or a
      zone cost: the amount is spread over its clicks.
    </EmptyState>
  );
}
