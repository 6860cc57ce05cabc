import { rangeBody } from '@/api/reports';
import type { CostCorrectionInput } from '@/api/types';
import { type Condition, conditionsBody } from '@/lib/conditions';

export interface CostValues {
  range: string;
  timezone: string;
  filters: Condition[];
  bots: NonNullable<CostCorrectionInput['bots']>;
  only_unique: boolean;
  amount: string;
  currency: string;
  spread: NonNullable<CostCorrectionInput['spread']>;
  mode: NonNullable<CostCorrectionInput['mode']>;
  note: string;
}

export function newCost({ currency, timezone }: { currency: string; timezone: string }): CostValues {
  return {
    range: 'yesterday',
    timezone,
    filters: [],
    bots: 'exclude',
    only_unique: false,
    amount: '',
    currency,
    spread: 'total',
    mode: 'replace',
    note: '',
  };
}

/** What the server is asked; a comma as decimal sign is understood. */
export function costInput(values: CostValues, workspace: { currency: string; timezone: string }): CostCorrectionInput {
  return {
    range: rangeBody(values.range),
    timezone: values.timezone || workspace.timezone,
    filters: conditionsBody(values.filters),
    bots: values.bots,
    only_unique: values.only_unique,
    spread: values.spread,
    amount: values.amount.trim().replace(',', '.'),
    currency: values.currency || workspace.currency,
    mode: values.mode,
    note: values.note.trim(),
  };
}

/** A name that no other form has. Works on plain http too, where `crypto.randomUUID` is missing. */
export function requestName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}
