/** Caps, schedules and choosing in words, for heads of streams and lists. */
import type { Cap, Choosing, Schedule } from '@/api/types';

const MEASURES: Record<Cap['measure'], string> = {
  clicks: 'clicks',
  conversions: 'conversions',
  cost: 'cost',
  revenue: 'revenue',
};

/** `50 conversions a day`. */
export function capText(cap: Cap): string {
  const { period } = cap;
  const time =
    period.type === 'rolling'
      ? `in ${period.hours} h`
      : { hour: 'an hour', day: 'a day', total: 'in total' }[period.type];
  return `${cap.limit || '…'} ${MEASURES[cap.measure]} ${time}`;
}

export function newCap(): Cap {
  return { measure: 'clicks', period: { type: 'day' }, limit: '', timezone: null };
}

/** A cap as it is sent: a timezone only where it means something. */
export function capInput(cap: Cap): Cap {
  const local = cap.period.type === 'hour' || cap.period.type === 'day';
  return { ...cap, limit: cap.limit.trim() || '0', timezone: local ? (cap.timezone ?? null) : null };
}

export type ChoosingType = 'weighted' | 'sticky' | 'round_robin' | 'waterfall' | 'adaptive';

export type ChoosingMode = Extract<Choosing, { type: string }>;

/** The mode with its parameters, whatever form the server used. */
export function choosingMode(choosing: Choosing): ChoosingMode {
  return typeof choosing === 'string' ? { type: choosing } : choosing;
}

export function choosingOf(type: ChoosingType): ChoosingMode {
  if (type === 'sticky') return { type, ttl_hours: 720 };
  if (type === 'adaptive') return { type, goal: 'epc', clicks_min: 100, exploration: '10', half_life_hours: 72 };
  return { type };
}

/** Whether weights decide, at least in part. */
export function usesWeights(choosing: Choosing): boolean {
  const { type } = choosingMode(choosing);
  return type === 'weighted' || type === 'sticky' || type === 'adaptive';
}

export const CHOOSING_TITLES: Record<ChoosingType, string> = {
  weighted: 'By weight',
  sticky: 'Sticky',
  round_robin: 'In turn',
  waterfall: 'Waterfall',
  adaptive: 'Adaptive',
};

export const CHOOSING_HINTS: Record<ChoosingType, string> = {
  weighted: 'Drawn anew for each click, by ratio of weights.',
  sticky:
    'By ratio of weights, but a visitor keeps the same one. Changing one weight moves only visitors to or from that entry.',
  round_robin: 'One after the other, in order. Weight 0 takes no part.',
  waterfall: 'The first one that takes traffic, in order.',
  adaptive: 'Shifts clicks to what pays best, and goes on trying the others.',
};

const DAY_LETTERS: Record<string, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

export const DAYS = Object.keys(DAY_LETTERS);

export function dayTitle(day: string): string {
  return DAY_LETTERS[day] ?? day;
}

/** `Mon Tue 09:00-17:00; from 2026-12-01`. */
export function scheduleText(schedule: Schedule): string {
  const slots = (schedule.weekly ?? []).map(slot => `${slot.days.map(dayTitle).join(' ')} ${slot.time}`);
  const bounds = [
    schedule.from ? `from ${schedule.from.replace('T', ' ')}` : '',
    schedule.until ? `until ${schedule.until.replace('T', ' ')}` : '',
  ];
  return [...slots, ...bounds].filter(Boolean).join('; ') || 'always';
}
