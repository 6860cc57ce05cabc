import { isCustom } from '@/api/statuses';
import type { ConversionStatus, RateSource, RepeatPolicy, Workspace, WorkspaceInput } from '@/api/types';

/** Built-in statuses that have a policy; `sale` stands for lead, rejected and trash as well. */
export const BUILT_IN = ['sale', 'rebill', 'registration', 'deposit'] as const;

/** What the form edits: words as one text, days as they are typed. */
export interface WorkspaceValues {
  name: string;
  timezone: string | null;
  rates: { currency: string; rate: string; since: string; source: RateSource }[];
  built_in: Record<(typeof BUILT_IN)[number], RepeatPolicy>;
  conversion_types: { status: ConversionStatus; name: string; words: string; repeat: RepeatPolicy }[];
}

export function valuesOf(workspace: Workspace): WorkspaceValues {
  const { name, timezone, rates } = workspace;
  const own = workspace.conversion_types.filter(type => isCustom(type.status));
  const built_in = workspace.conversion_types.filter(type => !isCustom(type.status));
  return {
    name,
    timezone,
    rates: rates.map(({ currency, rate, since, source }) => ({
      currency,
      rate,
      since: since ?? '',
      source: source ?? 'manual',
    })),
    built_in: Object.fromEntries(
      BUILT_IN.map(status => [status, built_in.find(type => type.status === status)?.repeat ?? 'transaction']),
    ) as WorkspaceValues['built_in'],
    conversion_types: own.map(({ status, name: title, words, repeat }) => ({
      status,
      name: title ?? '',
      words: (words ?? []).join(', '),
      repeat,
    })),
  };
}

export function inputOf(values: WorkspaceValues, workspace: Workspace): WorkspaceInput {
  const words = (text: string) =>
    text
      .split(',')
      .map(word => word.trim())
      .filter(Boolean);
  const built_in = Object.entries(values.built_in).filter(([, repeat]) => repeat !== 'transaction');
  return {
    version: workspace.version,
    name: values.name,
    currency: workspace.currency,
    timezone: values.timezone ?? 'UTC',
    rates: values.rates.map(({ currency, rate, since }) => ({ currency, rate: rate.trim(), since: since || null })),
    conversion_types: [
      ...values.conversion_types.map(type => ({ ...type, words: words(type.words) })),
      ...built_in.map(([status, repeat]) => ({ status: status as ConversionStatus, name: '', words: [], repeat })),
    ],
  };
}
