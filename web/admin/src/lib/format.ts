/**
 * Every number, amount, percentage and time on a screen is written here. A missing value is always "—", never a false 0.
 * Amounts arrive as decimal texts and stay texts (see decimal.ts); floats are only made for drawing charts.
 */
import { groupThousands, parseDecimal, roundDecimal, signOfDecimal } from './decimal';

export const DASH = '—';

/** A number as the API gives it: a JSON number, a decimal text, or nothing. */
export type NumberLike = number | string | null | undefined;

/** How a column of numbers is written: what its values are, and with how many places. */
export interface NumberStyle {
  value_type: 'text' | 'entity' | 'time' | 'bool' | 'count' | 'money' | 'percent' | 'decimal' | 'seconds';
  decimals: number;
}

export type Tone = 'positive' | 'negative' | 'neutral';

const SYMBOLS: Record<string, string> = {
  USD: '$',
  EUR: '€',
  GBP: '£',
  JPY: '¥',
  INR: '₹',
  BRL: 'R$',
  UAH: '₴',
  TRY: '₺',
};

function asText(value: NumberLike): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return null;
  return Math.abs(value) < 1e21 ? expandExponent(value) : null;
}

function expandExponent(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}

/** A decimal with grouping and a fixed number of places; `prefix` stands between sign and digits. */
export function formatDecimal(value: NumberLike, places: number, prefix = ''): string {
  const text = asText(value);
  const parsed = text === null ? null : parseDecimal(text);
  if (!parsed) return DASH;
  const rounded = roundDecimal(parsed, places);
  const fraction = places > 0 ? `.${rounded.fraction}` : '';
  return `${rounded.negative ? '−' : ''}${prefix}${groupThousands(rounded.whole)}${fraction}`;
}

/** Whole number with grouping. */
export function formatCount(value: NumberLike): string {
  return formatDecimal(value, 0);
}

/** What stands before an amount: a symbol where one is well known, else the code. */
export function currencyPrefix(currency: string): string {
  return SYMBOLS[currency] ?? (currency ? `${currency}\u00a0` : '');
}

/** An amount with two places. */
export function formatMoney(value: NumberLike, currency: string, places = 2): string {
  return formatDecimal(value, places, currencyPrefix(currency));
}

/** An amount as typed: all its own digits, at least two. For single payouts and costs, where rounding would hide something. */
export function formatExactMoney(value: NumberLike, currency: string): string {
  const text = asText(value);
  const parsed = text === null ? null : parseDecimal(text);
  if (!parsed) return DASH;
  const own = parsed.fraction.replace(/0+$/, '').length;
  return formatDecimal(text, Math.max(2, own), currencyPrefix(currency));
}

/** A percentage that is already in percent (12.5 → 12.50%). */
export function formatPercent(value: NumberLike, places = 2): string {
  const text = formatDecimal(value, places);
  return text === DASH ? DASH : `${text}%`;
}

/** A share of a whole (weights of a stream), 33.3% and never 33.33333%. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return DASH;
  const percent = (part / whole) * 100;
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)}%`;
}

/** 75 → 1m 15s. */
export function formatSeconds(value: NumberLike): string {
  const text = asText(value);
  if (text === null) return DASH;
  const total = Math.round(Number(text));
  if (!Number.isFinite(total)) return DASH;
  if (total < 60) return `${total}s`;
  if (total < 3600) return `${Math.floor(total / 60)}m ${total % 60}s`;
  if (total < 86_400) return `${Math.floor(total / 3600)}h ${Math.floor((total % 3600) / 60)}m`;
  return `${Math.floor(total / 86_400)}d ${Math.floor((total % 86_400) / 3600)}h`;
}

/** A metric in the style of its column; the server says how many places are usual (EPC has more than revenue). */
export function formatMetric(value: NumberLike, style: NumberStyle, currency: string): string {
  switch (style.value_type) {
    case 'money':
      return formatMoney(value, currency, style.decimals);
    case 'percent':
      return formatPercent(value, style.decimals);
    case 'seconds':
      return formatSeconds(value);
    case 'count':
      return formatCount(value);
    default:
      return formatDecimal(value, style.decimals);
  }
}

/** Green above zero, red below, for profit and ROI. */
export function toneOf(value: NumberLike): Tone {
  const text = asText(value);
  const parsed = text === null ? null : parseDecimal(text);
  const sign = parsed ? signOfDecimal(parsed) : 0;
  if (sign === 0) return 'neutral';
  return sign > 0 ? 'positive' : 'negative';
}

/** For chart geometry only; `null` leaves a gap. */
export function toPlotNumber(value: NumberLike): number | null {
  const text = asText(value);
  if (text === null) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Axis labels: 12,400 → 12.4k. */
export function formatCompact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** Relative change in percent between two values, for "compared with before"; `null` when there is nothing to compare with. */
export function changePercent(now: NumberLike, before: NumberLike): number | null {
  const [a, b] = [toPlotNumber(now), toPlotNumber(before)];
  if (a === null || b === null || b === 0) return null;
  return ((a - b) / Math.abs(b)) * 100;
}

/** A change with its sign: +12.5%. */
export function formatChange(percent: number): string {
  const text = formatDecimal(Math.abs(percent), Math.abs(percent) < 1000 ? 1 : 0);
  if (percent === 0) return '0%';
  return `${percent > 0 ? '+' : '−'}${text}%`;
}
