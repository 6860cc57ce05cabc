/** A list of configuration objects that have no figures of their own. */
import type { PlainListParams } from '@/lib/params';
import { parseSort, writeSort } from '@/lib/sort';
import { sortRows, type SortValue } from '@/lib/sort-rows';
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { DataTable } from './data-table';
import { SearchInput } from './search-input';
import { Card } from './ui/card';
import { EmptyState } from './ui/empty-state';

interface SimpleListProps<T extends { id: string }> {
  label: string;
  rows: T[];
  columns: ColumnDef<T>[];
  search: PlainListParams;
  onSearch: (patch: Partial<PlainListParams>) => void;
  text: (row: T) => string;
  sortValue: (row: T, key: string) => SortValue;
  onOpen?: (row: T) => void;
  empty: ReactNode;
}

export function SimpleList<T extends { id: string }>(props: SimpleListProps<T>) {
  const { label, rows, columns, search, onSearch, text, sortValue, onOpen, empty } = props;
  const sort = parseSort(search.sort, { key: 'name', dir: 'asc' });
  const needle = search.q.trim().toLowerCase();
  if (rows.length === 0) return <Card flush>{empty}</Card>;
  const shown = sortRows(
    rows.filter(row => text(row).toLowerCase().includes(needle)),
    sort,
    sortValue,
  );
  return (
    <Card flush className="overflow-hidden">
      <div className="px-3 py-2.5 sm:px-4">
        <SearchInput label={`Search ${label.toLowerCase()}`} value={search.q} onChange={q => onSearch({ q })} />
      </div>
      <DataTable
        label={label}
        columns={columns}
        rows={shown}
        rowId={row => row.id}
        sort={sort}
        onSort={next => onSearch({ sort: writeSort(next) })}
        {...(onOpen ? { onOpen } : {})}
        empty={<EmptyState title={`Nothing is called “${search.q}”`}>Clear the search box to see all.</EmptyState>}
      />
    </Card>
  );
}
