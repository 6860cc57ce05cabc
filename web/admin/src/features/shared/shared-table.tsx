import type { ReportRow, SharedReport } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { metricColumns } from '@/components/metric-columns';
import { Pager } from '@/components/pager';
import { EmptyState } from '@/components/ui/empty-state';
import { dimensionText } from '@/lib/dimension-text';
import { formatCount } from '@/lib/format';
import type { SharedParams } from '@/lib/params';
import { parseSort, writeSort } from '@/lib/sort';
import { formatDateTime } from '@/lib/time';
import type { ColumnDef } from '@tanstack/react-table';
import { ChartColumn } from 'lucide-react';
import { PAGE_SIZE } from './shared-page';

interface SharedTableProps {
  shared: SharedReport;
  params: SharedParams;
  stale: boolean;
  onChange: (patch: Partial<SharedParams>) => void;
}

/** The figures: rows of the report, sorted by the reader, with totals. */
export function SharedTable({ shared: { report }, params, stale, onChange }: SharedTableProps) {
  const groups = report.columns.filter(column => column.kind === 'dimension');
  const metrics = report.columns.filter(column => column.kind === 'metric');
  const compared = report.totals.compare !== null && report.totals.compare !== undefined;
  const heads: ColumnDef<ReportRow>[] = groups.map(({ key, title }, index) => ({
    id: key,
    header: title,
    cell: ({ row: { original } }) => (
      <span className="block max-w-44 truncate sm:max-w-80">{dimensionText(key, original.keys[key])}</span>
    ),
    meta: { sort: key, ...(index === 0 ? { total: 'Total' } : {}) },
  }));
  if (heads.length === 0) heads.push({ id: 'all', header: '', cell: () => 'All', meta: { total: 'Total' } });
  const columns = [
    ...heads,
    ...metricColumns<ReportRow>({
      columns: metrics,
      of: row => row.metrics,
      totals: report.totals.metrics,
      ...(compared ? { before: (row: ReportRow) => row.compare, totalsBefore: report.totals.compare } : {}),
      currency: report.currency,
    }),
  ];
  return (
    <>
      <DataTable
        label="Shared report"
        columns={columns}
        rows={report.rows}
        rowId={row => groups.map(({ key }) => `${key}=${row.keys[key]?.id ?? ''}`).join('&')}
        sort={parseSort(params.sort, { key: '', dir: 'desc' })}
        onSort={sort => onChange({ sort: writeSort(sort), page: 1 })}
        stale={stale}
        showTotals
        className="max-h-[max(16rem,calc(100dvh-13rem))] overflow-y-auto"
        empty={
          groups.length > 0 ? (
            <EmptyState icon={<ChartColumn />} title="Nothing in this range">
              There was no traffic that this report counts.
            </EmptyState>
          ) : undefined
        }
      />
      <footer className="border-line text-ink-faint flex flex-wrap items-center justify-between gap-2 border-t px-4 py-2 text-xs">
        <span className="num">
          {report.from
            ? `${formatDateTime(report.from, report.timezone)} – ${formatDateTime(report.to, report.timezone)}`
            : 'All time'}
          , {report.timezone} · {formatCount(report.total_rows)} {report.total_rows === 1 ? 'row' : 'rows'}
        </span>
        <Pager
          page={params.page}
          pages={Math.ceil(report.total_rows / PAGE_SIZE)}
          onPage={page => onChange({ page })}
        />
      </footer>
    </>
  );
}
