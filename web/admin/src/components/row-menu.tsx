import { Ellipsis } from 'lucide-react';
import type { ColumnDef } from '@tanstack/react-table';
import { IconButton } from './ui/button';
import { Menu, type MenuItem } from './ui/menu';

/** The last column: what can be done with a row. */
export function menuColumn<T>(nameOf: (row: T) => string, items: (row: T) => (MenuItem | 'separator')[]): ColumnDef<T> {
  return {
    id: 'menu',
    header: () => <span className="sr-only">Actions</span>,
    cell: ({ row }) => (
      <Menu
        trigger={
          <IconButton size="sm" label={`Actions for ${nameOf(row.original)}`}>
            <Ellipsis className="size-4" />
          </IconButton>
        }
        items={items(row.original)}
      />
    ),
    meta: { className: 'sticky right-0 z-[1] w-10 px-1.5 text-right last:pr-2' },
  };
}
