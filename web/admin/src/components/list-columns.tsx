/** Columns that lists of what was done have in common. */
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { Badge, type BadgeTone } from './ui/badge';

/** A figure, at the right. */
export function figureColumn<T>(
  id: string,
  header: string,
  cell: (row: T) => ReactNode,
  /** What the figure is, for whoever rests on its header. */
  title?: string,
): ColumnDef<T> {
  return {
    id,
    header,
    cell: ({ row }) => cell(row.original),
    meta: { align: 'right', ...(title === undefined ? {} : { title }) },
  };
}

/** How far it is. */
export function stateColumn<T extends { state: S }, S extends string>(
  states: Record<S, { label: string; tone: BadgeTone; title: string }>,
): ColumnDef<T> {
  return {
    id: 'state',
    header: 'State',
    cell: ({ row: { original } }) => {
      const { label, tone, title } = states[original.state];
      return (
        <Badge tone={tone} dot title={title}>
          {label}
        </Badge>
      );
    },
  };
}

/** A line and a fainter one below it, when there is one. */
export function TwoLines({ below, title, children }: { below: ReactNode; title?: string; children: ReactNode }) {
  return (
    <span className="block leading-tight" title={title}>
      <span className="block">{children}</span>
      {below && <span className="text-ink-faint num block text-2xs">{below}</span>}
    </span>
  );
}
