/** Clearings of test data in words. Pure. */
import type { Clearing, ClearingState } from '@/api/types';
import type { BadgeTone } from '@/components/ui/badge';
import { formatCount, formatExactMoney } from '@/lib/format';
import { formatDateTime } from '@/lib/time';

export const STATES: Record<ClearingState, { label: string; tone: BadgeTone; title: string }> = {
  requested: { label: 'asked for', tone: 'warning', title: 'What comes about its clicks is refused already.' },
  waiting: { label: 'waiting', tone: 'warning', title: 'What was on its way to the reports is being written first.' },
  deleting: { label: 'deleting', tone: 'warning', title: 'Rows are being deleted.' },
  done: { label: 'cleared', tone: 'neutral', title: 'Nothing is left.' },
};

/** From and to, to the minute, in the zone that was meant. */
export function spanOf({ from, to, timezone }: Pick<Clearing, 'from' | 'to' | 'timezone'>): string {
  const minute = (at: string) => formatDateTime(at, timezone).slice(0, 16);
  return `${minute(from)} – ${minute(to)}`;
}

type Sums = Pick<Clearing, 'clicks' | 'conversions' | 'revenue' | 'cost'>;

/** `3 clicks, 1 conversion, $5.00 of revenue, $0.30 of cost`. */
export function sumsInWords({ clicks, conversions, revenue, cost }: Sums, currency: string): string {
  const of = (count: number, word: string) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
  const money = (amount: string) => formatExactMoney(amount, currency);
  return [
    of(clicks, 'click'),
    of(conversions, 'conversion'),
    `${money(revenue)} of revenue`,
    `${money(cost)} of cost`,
  ].join(', ');
}
