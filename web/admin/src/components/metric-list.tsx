/** A list of configuration objects with their live figures: the screen on which buyers spend their day. */
import type { EntityMetrics } from '@/api/entity-metrics';
import { messageOf } from '@/api/errors';
import type { ListParams } from '@/lib/params';
import { parseSort, writeSort, type Sort } from '@/lib/sort';
import { sortRows, type SortValue } from '@/lib/sort-rows';
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { DataTable } from './data-table';
import { DateRangePicker } from './date-range-picker';
import { metricColumns } from './metric-columns';
import { SearchInput } from './search-input';
import { Banner } from './ui/banner';
import { Card } from './ui/card';
import { EmptyState } from './ui/empty-state';
import { Checkbox } from './ui/toggle';

interface Named {
  id: string;
  name: string;
}

interface MetricListProps<T extends Named> {
  label: string;
  rows: T[];
  metrics: EntityMetrics;
  currency: string;
  timezone: string;
  search: ListParams;
  onSearch: (patch: Partial<ListParams>) => void;
  columns: ColumnDef<T>[];
  /** Columns after the figures. */
  trailing?: ColumnDef<T>[];
  /** Everything the search box looks through. */
  text: (row: T) => string;
  sortValue: (row: T, key: string) => SortValue;
  onOpen: (row: T) => void;
  /** Further filters of the toolbar. */
  filters?: ReactNode;
  /** Shown when the workspace has none at all. */
  empty: ReactNode;
  muted?: (row: T) => boolean;
}

const BY_CLICKS: Sort = { key: 'clicks', dir: 'desc' };

export function MetricList<T extends Named>(props: MetricListProps<T>) {
  const { label, rows, metrics, currency, timezone, search, onSearch, text, filters, empty } = props;
  const sort = parseSort(search.sort, BY_CLICKS);
  const needle = search.q.trim().toLowerCase();
  const shown = rows.filter(
    row =>
      text(row).toLowerCase().includes(needle) &&
      (search.busy === '' || Number(metrics.byId.get(row.id)?.clicks ?? 0) > 0),
  );
  const isMetric = (key: string) => metrics.columns.some(column => column.key === key);
  const sorted = sortRows(shown, sort, (row, key) =>
    isMetric(key) ? (metrics.byId.get(row.id)?.[key] ?? null) : props.sortValue(row, key),
  );
  const all = shown.length === rows.length;
  const columns = [
    ...withTotalLabel(props.columns, all ? 'Total' : 'Total of all'),
    ...metricColumns<T>({
      columns: metrics.columns,
      of: row => metrics.byId.get(row.id),
      totals: metrics.totals,
      currency,
    }),
    ...(props.trailing ?? []),
  ];
  if (rows.length === 0 && needle === '' && search.state === '') return <Card flush>{empty}</Card>;
  return (
    <Card flush className="overflow-hidden">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2.5 sm:px-4">
        <SearchInput label={`Search ${label.toLowerCase()}`} value={search.q} onChange={q => onSearch({ q })} />
        {filters}
        <Checkbox
          label="With traffic"
          checked={search.busy === '1'}
          onChange={on => onSearch({ busy: on ? '1' : '' })}
          className="px-1"
        />
        <div className="ml-auto">
          <DateRangePicker value={search.range} onChange={range => onSearch({ range })} timezone={timezone} />
        </div>
      </div>
      {metrics.error !== null && metrics.error !== undefined && (
        <Banner tone="warning" title="The figures could not be loaded" className="mx-4 mb-3">
          {messageOf(metrics.error)}
        </Banner>
      )}
      <DataTable
        label={label}
        columns={columns}
        rows={sorted}
        rowId={row => row.id}
        sort={sort}
        onSort={next => onSearch({ sort: writeSort(next) })}
        onOpen={props.onOpen}
        rowClass={row => (props.muted?.(row) ? 'text-ink-faint' : undefined)}
        stale={metrics.fetching}
        showTotals
        className="max-h-[max(16rem,calc(100dvh-15rem))] overflow-y-auto"
        empty={
          <EmptyState title="Nothing fits these filters">Clear the search box, or untick “With traffic”.</EmptyState>
        }
      />
    </Card>
  );
}

function withTotalLabel<T>(columns: ColumnDef<T>[], label: string): ColumnDef<T>[] {
  return columns.map((column, index) => (index === 0 ? { ...column, meta: { ...column.meta, total: label } } : column));
}
