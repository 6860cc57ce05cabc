import type { ReactNode } from 'react';

export interface LogContext {
  timezone: string;
  currency: string;
  /** Rows that are ticked, in logs where that is of use. */
  selection?: LogSelection | undefined;
}

export interface LogSelection {
  ids: readonly string[];
  toggle: (id: string, on: boolean) => void;
  clear: () => void;
}

export interface DetailSection {
  title: string;
  /** Label and value; empty values are left out. */
  rows: [label: string, value: ReactNode][];
}
