import type { ReactNode } from 'react';

export interface LogContext {
  timezone: string;
  currency: string;
}

export interface DetailSection {
  title: string;
  /** Label and value; empty values are left out. */
  rows: [label: string, value: ReactNode][];
}
