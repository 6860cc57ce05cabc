/**
 * Exact decimals in text form ("-1234.5"). Money never becomes a float on its way to the screen: rounding happens on digits.
 */

export interface Decimal {
  negative: boolean;
  whole: string;
  fraction: string;
}

const PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Reads a decimal; `null` when the text is not one. */
export function parseDecimal(text: string): Decimal | null {
  const match = PATTERN.exec(text.trim());
  if (!match) return null;
  const whole = (match[2] ?? '0').replace(/^0+(?=\d)/, '');
  const fraction = match[3] ?? '';
  const zero = /^0*$/.test(whole + fraction);
  return { negative: match[1] === '-' && !zero, whole, fraction };
}

/** Rounds half away from zero to `places` digits after the point, without trimming zeros. */
export function roundDecimal(value: Decimal, places: number): Decimal {
  const digits = value.fraction.padEnd(places, '0');
  const kept = value.whole + digits.slice(0, places);
  const next = digits.charCodeAt(places);
  const up = next >= 53; // '5'
  const scaled = (BigInt(kept) + (up ? 1n : 0n)).toString().padStart(places + 1, '0');
  const whole = scaled.slice(0, scaled.length - places);
  const fraction = places === 0 ? '' : scaled.slice(scaled.length - places);
  return { negative: value.negative && /[1-9]/.test(scaled), whole, fraction };
}

/** -1, 0 or 1. */
export function signOfDecimal(value: Decimal): number {
  if (!/[1-9]/.test(value.whole + value.fraction)) return 0;
  return value.negative ? -1 : 1;
}

/** `1234567` → `1,234,567`. */
export function groupThousands(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Compares two decimals exactly: negative when `a` is less. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const places = Math.max(a.fraction.length, b.fraction.length);
  const scale = (value: Decimal) => {
    const digits = BigInt(value.whole + value.fraction.padEnd(places, '0'));
    return value.negative ? -digits : digits;
  };
  const difference = scale(a) - scale(b);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}
