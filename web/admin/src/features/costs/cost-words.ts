/** Corrections of costs in words. Pure. */
import type { CostCorrection, CostState } from '@/api/types';
import type { BadgeTone } from '@/components/ui/badge';
import { formatExactMoney } from '@/lib/format';
import { formatDateTime } from '@/lib/time';

export const STATES: Record<CostState, { label: string; tone: BadgeTone; title: string }> = {
  waiting: { label: 'waiting', tone: 'warning', title: 'It is about to be made.' },
  applied: { label: 'applied', tone: 'positive', title: 'It is in the reports.' },
  unmatched: { label: 'no clicks', tone: 'negative', title: 'No click matched: the amount is in no report.' },
  undoing: { label: 'being undone', tone: 'warning', title: 'It is about to be taken back.' },
  undone: { label: 'undone', tone: 'neutral', title: 'It was taken back: the clicks cost what they cost before.' },
};

export const ORIGINS: Record<CostCorrection['origin'], string> = {
  api: '',
  file: 'From a file',
  tool: 'By a tool',
};

/** `$12.50 in total`, `$0.02 a click on top`. */
export function amountWords({
  amount,
  currency,
  spread,
  mode,
}: Pick<CostCorrection, 'amount' | 'currency' | 'spread' | 'mode'>): string {
  const how = spread === 'per_click' ? 'a click' : 'in total';
  return `${formatExactMoney(amount, currency)} ${how}${mode === 'add' ? ', on top' : ''}`;
}

/** Midnight to midnight is said by its days, all else to the minute. */
export function spanWords({ from, to, timezone }: Pick<CostCorrection, 'from' | 'to' | 'timezone'>): string {
  const [begin, end] = [formatDateTime(from, timezone), formatDateTime(to, timezone)];
  if (!begin.endsWith('00:00:00') || !end.endsWith('00:00:00')) return `${begin.slice(0, 16)} – ${end.slice(0, 16)}`;
  const last = formatDateTime(new Date(Date.parse(to) - 1).toISOString(), timezone).slice(0, 10);
  const first = begin.slice(0, 10);
  return first === last ? first : `${first} – ${last}`;
}

/** Which visits a correction is about. */
export function visitWords({ bots, only_unique }: Pick<CostCorrection, 'bots' | 'only_unique'>): string {
  const who = { include: 'all clicks', exclude: 'without bots', only: 'only bots' }[bots];
  return only_unique ? `${who}, only unique` : who;
}
