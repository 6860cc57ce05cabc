/**
 * A date range is a token in the URL ("last_7_days", or "2026-03-01..2026-03-14"). The server resolves tokens in the report's
 * timezone; the browser does no date arithmetic beyond naming them.
 */
import { z } from 'zod';

export const RANGE_TOKENS = [
  ['today', 'Today'],
  ['yesterday', 'Yesterday'],
  ['last_3_days', 'Last 3 days'],
  ['last_7_days', 'Last 7 days'],
  ['last_14_days', 'Last 14 days'],
  ['last_30_days', 'Last 30 days'],
  ['last_90_days', 'Last 90 days'],
  ['this_week', 'This week'],
  ['last_week', 'Last week'],
  ['this_month', 'This month'],
  ['last_month', 'Last month'],
  ['this_year', 'This year'],
  ['all_time', 'All time'],
] as const;

export type RangeToken = (typeof RANGE_TOKENS)[number][0];

const TOKENS = new Set<string>(RANGE_TOKENS.map(([token]) => token));
const CUSTOM = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

export interface CustomRange {
  from: string;
  to: string;
}

/** Both ends of a custom range (inclusive days), or `null` when the text is a token. */
export function customRange(text: string): CustomRange | null {
  const match = CUSTOM.exec(text);
  if (!match || !match[1] || !match[2]) return null;
  const [from, to] = match[1] <= match[2] ? [match[1], match[2]] : [match[2], match[1]];
  return isDay(from) && isDay(to) ? { from, to } : null;
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Whether the text may stand in a URL as a range. */
export function isRange(text: string): boolean {
  return TOKENS.has(text) || customRange(text) !== null;
}

/** Search-parameter schema: a broken range falls back instead of breaking the page. */
export function rangeParam(fallback: RangeToken) {
  return z.string().refine(isRange).catch(fallback).default(fallback);
}

/** A range that the server keeps, as it stands in a URL; moments within days have no such form. */
export function rangeText(
  range: { token?: string | null; from?: string | null; to?: string | null } | undefined,
): string {
  if (range?.from && range.to) return `${range.from}..${range.to}`;
  return range?.token ?? 'today';
}

/** What the button of the picker says. */
export function rangeLabel(text: string): string {
  const token = RANGE_TOKENS.find(([name]) => name === text);
  if (token) return token[1];
  const custom = customRange(text);
  if (!custom) return text;
  return custom.from === custom.to ? shortDay(custom.from) : `${shortDay(custom.from)} – ${shortDay(custom.to)}`;
}

function shortDay(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}

/** How many days a range covers at most; decides between hours and days on a chart. */
export function isSingleDay(text: string): boolean {
  const custom = customRange(text);
  return text === 'today' || text === 'yesterday' || (custom !== null && custom.from === custom.to);
}
