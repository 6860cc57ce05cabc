/**
 * The one table: sticky header, sorting through the URL, totals from the server, numbers right-aligned in tabular figures. The first
 * column stays in place when the table scrolls sideways.
 */
import { cn } from '@/lib/cn';
import { nextSort, type Sort } from '@/lib/sort';
import { getCoreRowModel, useReactTable, type ColumnDef, type Header, type RowData } from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';

declare module '@tanstack/react-table' {
  // oxlint-disable-next-line typescript/no-unused-vars -- the names are given by the library
  interface ColumnMeta<TData extends RowData, TValue> {
    align?: 'left' | 'right';
    /** Sort key of the column; absent: not sortable. */
    sort?: string;
    /** Explanation on hover. */
    title?: string;
    /** Extra classes of header and cells. */
    className?: string;
    /** What the totals row shows. */
    total?: ReactNode;
  }
}

interface DataTableProps<T> {
  label: string;
  columns: ColumnDef<T>[];
  rows: T[];
  rowId: (row: T, index: number) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** Opens a row: a click anywhere on it, or Enter. */
  onOpen?: (row: T) => void;
  rowClass?: (row: T) => string | undefined;
  showTotals?: boolean;
  empty?: ReactNode;
  /** Old rows stay visible, dimmed, while new ones come. */
  stale?: boolean;
  className?: string;
}

export function DataTable<T>(props: DataTableProps<T>) {
  const {
    label,
    columns,
    rows,
    rowId,
    sort,
    onSort,
    onOpen,
    rowClass,
    showTotals = false,
    empty,
    stale = false,
    className,
  } = props;
  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is not used
  const table = useReactTable({
    data: rows,
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: rowId,
    manualSorting: true,
  });
  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a table that scrolls must be scrollable by keyboard
      tabIndex={0}
      role="region"
      aria-label={label}
      className={cn('scroll-thin relative overflow-x-auto focus-visible:outline-offset-[-2px]', className)}
    >
      <table
        className={cn('w-full border-separate border-spacing-0 text-sm transition-opacity', stale && 'opacity-60')}
      >
        <thead>
          {table.getHeaderGroups().map(group => (
            <tr key={group.id}>
              {group.headers.map((header, index) => (
                <HeaderCell key={header.id} header={header} first={index === 0} sort={sort} onSort={onSort} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map(row => (
            <tr
              key={row.id}
              data-row={row.id}
              {...(onOpen ? openProps(() => onOpen(row.original)) : {})}
              className={cn('group/row', onOpen && 'cursor-pointer', rowClass?.(row.original))}
            >
              {row.getVisibleCells().map((cell, index) => (
                <td key={cell.id} className={cellClass(cell.column.columnDef.meta, index === 0)}>
                  {draw(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {showTotals && (
          <tfoot>
            <tr>
              {table.getVisibleLeafColumns().map((column, index) => (
                <td
                  key={column.id}
                  className={cn(
                    cellClass(column.columnDef.meta, index === 0),
                    'bg-sunken border-line-strong sticky bottom-0 border-t border-b-0 font-semibold group-hover/row:bg-sunken',
                  )}
                >
                  {column.columnDef.meta?.total ?? null}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/**
 * Calls a cell's function instead of mounting it as a component: columns are made anew when figures arrive, and a cell that were a
 * new component each time would lose its state, such as an open menu.
 */
function draw<C>(template: ReactNode | ((context: C) => ReactNode), context: C): ReactNode {
  return typeof template === 'function' ? (template as (context: C) => ReactNode)(context) : template;
}

/** A click or Enter opens the row, except on something inside that acts by itself. */
function openProps(open: () => void) {
  const own = (event: MouseEvent | KeyboardEvent) =>
    event.target instanceof Element && event.target.closest('a,button,input,select,label,[role=menuitem]') !== null;
  return {
    tabIndex: 0,
    onClick: (event: MouseEvent) => {
      if (!own(event) && !window.getSelection()?.toString()) open();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && !own(event)) open();
    },
  };
}

interface CellMeta {
  align?: 'left' | 'right';
  className?: string;
}

function cellClass(meta: CellMeta | undefined, first: boolean): string {
  return cn(
    'border-line bg-surface h-9 border-b px-2.5 py-1 whitespace-nowrap transition-colors',
    'group-hover/row:bg-sunken dark:group-hover/row:bg-raised',
    meta?.align === 'right' && 'num text-right',
    first && 'sticky left-0 z-[1] pl-4',
    'last:pr-4',
    meta?.className,
  );
}

interface HeaderCellProps<T> {
  header: Header<T, unknown>;
  first: boolean;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function HeaderCell<T>({ header, first, sort, onSort }: HeaderCellProps<T>) {
  const meta = header.column.columnDef.meta;
  const key = meta?.sort;
  const active = key !== undefined && sort?.key === key;
  const content = draw(header.column.columnDef.header, header.getContext());
  const Arrow = sort?.dir === 'asc' ? ArrowUp : ArrowDown;
  const right = meta?.align === 'right';
  return (
    <th
      scope="col"
      title={meta?.title}
      aria-sort={active ? (sort.dir === 'asc' ? 'ascending' : 'descending') : undefined}
      className={cn(
        'bg-sunken border-line text-ink-faint sticky top-0 z-[2] h-8 border-y px-2.5 text-left text-xs font-medium whitespace-nowrap',
        right && 'text-right',
        first && 'left-0 z-[3] pl-4',
        'last:pr-4',
        meta?.className,
        meta?.className?.includes('sticky') && 'z-[3]',
      )}
    >
      {key && onSort && sort ? (
        <button
          type="button"
          onClick={() => onSort(nextSort(sort, key, right ? 'desc' : 'asc'))}
          className={cn(
            'hover:text-ink -mx-1 inline-flex items-center gap-1 rounded px-1 py-0.5',
            active && 'text-ink font-semibold',
          )}
        >
          {right && <Arrow className={cn('size-3', !active && 'opacity-0')} aria-hidden="true" />}
          {content}
          {!right && <Arrow className={cn('size-3', !active && 'opacity-0')} aria-hidden="true" />}
        </button>
      ) : (
        content
      )}
    </th>
  );
}
