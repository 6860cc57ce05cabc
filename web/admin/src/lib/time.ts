/** Times on screen: always in the timezone of the workspace (or the one the report asks for), never silently in the browser's. */
import { DASH } from './format';

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(timezone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timezone}|${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: timezone });
    } catch {
      found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
    }
    cache.set(key, found);
  }
  return found;
}

function parse(text: string | null | undefined): Date | null {
  if (!text) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

function pieces(date: Date, timezone: string): Record<string, string> {
  const parts = formatter(timezone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(date);
  return Object.fromEntries(parts.map(part => [part.type, part.value]));
}

/** 2026-03-14 15:09:26 */
export function formatDateTime(text: string | null | undefined, timezone: string): string {
  const date = parse(text);
  if (!date) return DASH;
  const p = pieces(date, timezone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}

/** 14 Mar, 15:09:26 – for logs, where the year is known. */
export function formatLogTime(text: string | null | undefined, timezone: string): string {
  const date = parse(text);
  if (!date) return DASH;
  const month = formatter(timezone, { month: 'short' }).format(date);
  const p = pieces(date, timezone);
  return `${p.day} ${month} ${p.hour}:${p.minute}:${p.second}`;
}

/** 14 Mar 2026 */
export function formatDate(text: string | null | undefined, timezone: string): string {
  const date = parse(text);
  return date ? formatter(timezone, { day: 'numeric', month: 'short', year: 'numeric' }).format(date) : DASH;
}

/** "3 min ago"; future times say "in 3 min". */
export function formatAgo(text: string | null | undefined, now = Date.now()): string {
  const date = parse(text);
  if (!date) return DASH;
  const seconds = Math.round((date.getTime() - now) / 1000);
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ];
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? 'just now' : relative.format(seconds, 'second');
}

/** Today's date in a timezone as YYYY-MM-DD: what the calendar highlights. */
export function todayIn(timezone: string, now = new Date()): string {
  const p = pieces(now, timezone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** Every IANA timezone the browser knows, UTC first. */
export function timezones(): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return ['UTC', ...known.filter(zone => zone !== 'UTC')];
}

/** The timezone of this browser, for the first suggestion at set-up only. */
export function browserTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
