import type { MetricInfo, MetricValue, ReportColumn } from '@/api/types';
import { formatMetric } from '@/lib/format';
import type { ColumnDef } from '@tanstack/react-table';
import { MetricCell } from './metric-cell';

type Metrics = Record<string, MetricValue>;

export interface MetricColumnsInput<T> {
  columns: readonly (ReportColumn | MetricInfo)[];
  /** Figures of a row; absent: no traffic, or not loaded yet. */
  of: (row: T) => Metrics | undefined;
  totals: Metrics | undefined;
  /** Figures of the period compared with; absent: nothing is compared. */
  before?: ((row: T) => Metrics | null | undefined) | undefined;
  totalsBefore?: Metrics | null | undefined;
  currency: string;
  sortable?: boolean;
}

const SHORT: Record<string, string> = { 'Unique clicks': 'Uniques', Conversions: 'Conv.' };

/** Columns of figures for any table: right-aligned, sorted from the top first, with the server's totals below. */
export function metricColumns<T>({
  columns,
  of,
  totals,
  before,
  totalsBefore,
  currency,
  sortable = true,
}: MetricColumnsInput<T>): ColumnDef<T>[] {
  return columns.map(column => ({
    id: column.key,
    header: SHORT[column.title] ?? column.title,
    cell: ({ row }) => {
      const metrics = of(row.original);
      return (
        <MetricCell
          metric={column}
          value={metrics?.[column.key]}
          currency={currency}
          {...(before && metrics ? { before: before(row.original)?.[column.key] ?? null } : {})}
        />
      );
    },
    meta: {
      align: 'right' as const,
      title: 'formula' in column ? `${column.description} ${column.formula}`.trim() : column.title,
      ...(sortable ? { sort: column.key } : {}),
      total: totals ? (
        <MetricCell
          metric={column}
          value={totals[column.key]}
          currency={currency}
          {...(before ? { before: totalsBefore?.[column.key] ?? null } : {})}
        />
      ) : (
        formatMetric(null, column, currency)
      ),
    },
  }));
}
