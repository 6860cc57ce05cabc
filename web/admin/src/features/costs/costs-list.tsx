import { costsQuery, undoCost } from '@/api/costs';
import { reportMetadataQuery } from '@/api/reports';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { CostCorrection } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { menuColumn } from '@/components/row-menu';
import { Badge } from '@/components/ui/badge';
import { Button, buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Text } from '@/components/value';
import { type Words, conditionsOf, conditionWords } from '@/lib/conditions';
import { dimensionText } from '@/lib/dimension-text';
import { formatCount, formatExactMoney } from '@/lib/format';
import { formatAgo, formatDateTime } from '@/lib/time';
import { useQueryClient, useSuspenseInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Coins, Plus, Undo2, Upload } from 'lucide-react';
import { useState } from 'react';
import { amountWords, ORIGINS, spanWords, STATES, visitWords } from './cost-words';
import { UndoDialog } from './undo-dialog';
import { useNames } from './use-names';

export function CostsList() {
  const client = useQueryClient();
  const { currency, timezone } = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useSuspenseInfiniteQuery(costsQuery);
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [undoing, setUndoing] = useState<CostCorrection | null>(null);
  const rows = data.pages.flatMap(page => page.items);
  const names = useNames(metadata.dimensions, rows);
  const words: Words = {
    title: key => metadata.dimensions.find(dimension => dimension.key === key)?.title ?? key,
    value: (key, value) => names(key, value) ?? dimensionText(key, { id: value, name: value }),
  };
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
        <span className="block leading-tight">
          <span className="num block">{spanWords(original)}</span>
          <span className="text-ink-faint block text-2xs">{original.timezone}</span>
        </span>
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
        <span className="block leading-tight">
          <span className="num block">{amountWords(original)}</span>
          {original.currency !== currency && (
            <span className="text-ink-faint num block text-2xs">= {money(original.converted)}</span>
          )}
        </span>
      ),
    },
    {
      id: 'clicks',
      header: 'Clicks',
      cell: ({ row }) => formatCount(row.original.clicks),
      meta: { align: 'right' },
    },
    {
      id: 'before',
      header: 'Before',
      cell: ({ row }) => <span className="text-ink-faint">{money(row.original.before)}</span>,
      meta: { align: 'right', title: 'What these clicks cost before' },
    },
    {
      id: 'after',
      header: 'After',
      cell: ({ row: { original } }) => (
        <span className={original.state === 'undone' ? 'text-ink-faint line-through' : ''}>
          {money(original.after)}
        </span>
      ),
      meta: { align: 'right', title: 'What they cost since' },
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ row: { original } }) => (
        <Badge tone={STATES[original.state].tone} dot title={STATES[original.state].title}>
          {STATES[original.state].label}
        </Badge>
      ),
    },
    {
      id: 'made',
      header: 'Made',
      cell: ({ row: { original } }) => (
        <span className="block leading-tight" title={formatDateTime(original.created_at, timezone)}>
          <span className="block">{formatAgo(original.created_at)}</span>
          {ORIGINS[original.origin] && (
            <span className="text-ink-faint block text-2xs">{ORIGINS[original.origin]}</span>
          )}
        </span>
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
