import type { DimensionInfo, Report } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { metricColumns } from '@/components/metric-columns';
import { dimensionText } from '@/lib/dimension-text';
import type { Sort } from '@/lib/sort';
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import type { ReportState, RowPath } from './report-state';
import { DrillButton, TreeCell } from './tree-cell';
import type { Line } from './use-report-rows';

interface ReportTableProps {
  state: ReportState;
  report: Report;
  lines: Line[];
  dimensions: readonly DimensionInfo[];
  onSort: (sort: Sort) => void;
  onToggle: (path: RowPath) => void;
  onDrill: (path: RowPath) => void;
  /** Adds a dimension to the chain and opens this row by it; absent: the chain is as long as it may be. */
  onBreakDown: ((path: RowPath, dimension: string) => void) | undefined;
  stale: boolean;
  empty: ReactNode;
}

export function ReportTable(props: ReportTableProps) {
  const { state, report, lines, dimensions, onSort, onToggle, onDrill, onBreakDown, stale, empty } = props;
  const tree = state.params.view === 'tree' && state.dimensions.length > 0;
  const title = (key: string) => dimensions.find(dimension => dimension.key === key)?.title ?? key;
  const heads: ColumnDef<Line>[] = tree
    ? [
        {
          id: 'tree',
          header: state.dimensions.map(title).join(' › '),
          cell: ({ row: { original } }) => (
            <TreeCell
              line={original}
              dimensions={dimensions.filter(dimension => !state.dimensions.includes(dimension.key))}
              onToggle={onToggle}
              onDrill={onDrill}
              onBreakDown={onBreakDown}
            />
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
  const compared = state.params.compare !== '' && report.totals.compare !== null && report.totals.compare !== undefined;
  const columns = [
    ...heads,
    ...metricColumns<Line>({
      columns: report.columns.flatMap(column => {
        // The metadata's own entry says how the figure is computed.
        const info = state.known.get(column.key);
        return column.kind === 'metric' ? [info ?? column] : [];
      }),
      of: line => line.row?.metrics,
      totals: report.totals.metrics,
      ...(compared ? { before: (line: Line) => line.row?.compare, totalsBefore: report.totals.compare } : {}),
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
      className="max-h-[max(16rem,calc(100dvh-15rem))] overflow-y-auto"
      empty={state.dimensions.length > 0 ? empty : undefined}
    />
  );
}
