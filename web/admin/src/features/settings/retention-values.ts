import type { Retention, RetentionInput } from '@/api/types';

export const KINDS = [
  { kind: 'clicks', name: 'clicks_days', label: 'Clicks', hint: 'At least 7: postbacks look for their click.' },
  { kind: 'bots', name: 'bots_days', label: 'Clicks of bots', hint: 'Where that is shorter.' },
  { kind: 'conversions', name: 'conversions_days', label: 'Conversions', hint: 'With their history; at least 7.' },
  {
    kind: 'postbacks',
    name: 'postbacks_days',
    label: 'Received postbacks',
    hint: 'What is gone cannot be judged again.',
  },
  { kind: 'deliveries', name: 'deliveries_days', label: 'Deliveries', hint: 'Attempts of outgoing postbacks.' },
  {
    kind: 'dead_letters',
    name: 'dead_letters_days',
    label: 'Dead letters',
    hint: 'Events that could not be written.',
  },
] as const;

/** Days as they are typed; nothing is for ever. */
export type RetentionValues = Record<(typeof KINDS)[number]['name'], string>;

export function valuesOf(retention: Retention): RetentionValues {
  const text = (days: number | null | undefined) => (days === null || days === undefined ? '' : String(days));
  return {
    clicks_days: text(retention.clicks_days),
    bots_days: text(retention.bots_days),
    conversions_days: text(retention.conversions_days),
    postbacks_days: text(retention.postbacks_days),
    deliveries_days: text(retention.deliveries_days),
    dead_letters_days: text(retention.dead_letters_days),
  };
}

/** What is no number goes as 0, which the server refuses at its field. */
export function inputOf(values: RetentionValues, version: number): RetentionInput {
  const days = (text: string) => (text.trim() === '' ? null : /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0);
  return {
    version,
    clicks_days: days(values.clicks_days),
    bots_days: days(values.bots_days),
    conversions_days: days(values.conversions_days),
    postbacks_days: days(values.postbacks_days),
    deliveries_days: days(values.deliveries_days),
    dead_letters_days: days(values.dead_letters_days),
  };
}
