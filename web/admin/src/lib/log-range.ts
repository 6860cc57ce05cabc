/** The time that a log shows, as it stands in a URL: a while that ends now, or days of the workspace's timezone. */
import { customRange, rangeLabel } from './range';

export const LOG_RANGES = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['all', 'All time'],
] as const;

const HOURS: Record<string, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

export function isLogRange(text: string): boolean {
  return LOG_RANGES.some(([token]) => token === text) || customRange(text) !== null;
}

export function logRangeLabel(text: string): string {
  return LOG_RANGES.find(([token]) => token === text)?.[1] ?? rangeLabel(text);
}

/** The range in words of the API. A while is a duration and days are resolved by the server, so no timezone is involved here. */
export function logRangeBounds(text: string, now = Date.now()): { from: string; to?: string } {
  const days = customRange(text);
  if (days) return days;
  const hours = HOURS[text];
  return { from: hours === undefined ? '2020-01-01T00:00:00Z' : new Date(now - hours * 3_600_000).toISOString() };
}
