import type { DimensionInfo, Report } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { metricColumns } from '@/components/metric-columns';
import { IconButton } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { dimensionText } from '@/lib/dimension-text';
import type { Sort } from '@/lib/sort';
import { cn } from '@/lib/cn';
import type { ColumnDef } from '@tanstack/react-table';
import { ChartColumn, ChevronDown, ChevronRight } from 'lucide-react';
import type { ReportState, RowPath } from './report-state';
import type { Line } from './use-report-rows';

interface ReportTableProps {
  state: ReportState;
  report: Report;
  lines: Line[];
  dimensions: readonly DimensionInfo[];
  onSort: (sort: Sort) => void;
  onToggle: (path: RowPath) => void;
  onDrill: (path: RowPath) => void;
  stale: boolean;
}

const INDENTS = ['pl-0', 'pl-5', 'pl-10', 'pl-15'];

export function ReportTable({ state, report, lines, dimensions, onSort, onToggle, onDrill, stale }: ReportTableProps) {
  const tree = state.params.view === 'tree' && state.dimensions.length > 0;
  const title = (key: string) => dimensions.find(dimension => dimension.key === key)?.title ?? key;
  const heads: ColumnDef<Line>[] = tree
    ? [
        {
          id: 'tree',
          header: state.dimensions.map(title).join(' › '),
          cell: ({ row: { original } }) => (
            <TreeCell line={original} deep={state.dimensions.length > 1} onToggle={onToggle} onDrill={onDrill} />
          ),
          meta: { sort: state.dimensions[0] ?? '', total: 'Total' },
        },
      ]
    : state.dimensions.map((dimension, level) => ({
        id: dimension,
        header: title(dimension),
        cell: ({ row: { original } }) => (
          <DrillButton
            text={dimensionText(dimension, original.row?.keys[dimension])}
            onClick={() => onDrill(original.path.slice(0, level + 1))}
          />
        ),
        meta: { sort: dimension, ...(level === 0 ? { total: 'Total' } : {}) },
      }));
  if (heads.length === 0) heads.push({ id: 'all', header: '', cell: () => 'All', meta: { total: 'Total' } });
  const metrics = report.columns.filter(column => column.kind === 'metric');
  const columns = [
    ...heads,
    ...metricColumns<Line>({
      columns: metrics,
      of: line => line.row?.metrics,
      totals: report.totals.metrics,
      currency: report.currency,
    }),
  ];
  return (
    <DataTable
      label="Report"
      columns={columns}
      rows={lines}
      rowId={line => line.id}
      sort={state.sort}
      onSort={onSort}
      stale={stale}
      showTotals
      rowClass={line => (line.depth > 0 ? 'bg-sunken' : undefined)}
      className="max-h-[max(16rem,calc(100dvh-14rem))] overflow-y-auto"
      empty={
        <EmptyState icon={<ChartColumn />} title="Nothing in this range">
          Choose a longer date range, or take filters away. New clicks appear here about a second after they happen.
        </EmptyState>
      }
    />
  );
}

interface TreeCellProps {
  line: Line;
  /** Whether any row of the report can be opened. */
  deep: boolean;
  onToggle: (path: RowPath) => void;
  onDrill: (path: RowPath) => void;
}

function TreeCell({ line, deep, onToggle, onDrill }: TreeCellProps) {
  const indent = INDENTS[Math.min(line.depth, INDENTS.length - 1)];
  if (!line.row) return <span className={cn('text-ink-faint block text-xs italic', indent)}>{line.note}</span>;
  const dimension = line.path.at(-1)?.dimension ?? '';
  const text = dimensionText(dimension, line.row.keys[dimension]);
  return (
    <span className={cn('flex items-center gap-1', indent)}>
      {line.open === null ? (
        deep && <span className="w-6 shrink-0" />
      ) : (
        <IconButton
          size="sm"
          className="-ml-1 size-6"
          label={line.open ? `Close ${text}` : `Open ${text}`}
          aria-expanded={line.open}
          onClick={() => onToggle(line.path)}
        >
          {line.open ? <ChevronDown className="size-4" /> : <ChevronRight className="size-4" />}
        </IconButton>
      )}
      <DrillButton text={text} onClick={() => onDrill(line.path)} />
    </span>
  );
}

function DrillButton({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button
      type="button"
      title={`${text} – show only this`}
      onClick={onClick}
      className="hover:text-accent-text block max-w-44 truncate rounded text-left hover:underline sm:max-w-80"
    >
      {text}
    </button>
  );
}
