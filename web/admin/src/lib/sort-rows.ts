/** Sorting of whole lists in the browser. Numbers compare exactly, also as decimal texts; nothing sorts last in both directions. */
import { compareDecimals, parseDecimal } from './decimal';
import type { Sort } from './sort';

export type SortValue = string | number | null | undefined;

function compare(a: string | number, b: string | number): number {
  const [x, y] = [parseDecimal(String(a)), parseDecimal(String(b))];
  if (x && y) return compareDecimals(x, y);
  return String(a).localeCompare(String(b), 'en', { sensitivity: 'base', numeric: true });
}

export function sortRows<T>(rows: readonly T[], sort: Sort, valueOf: (row: T, key: string) => SortValue): T[] {
  const sign = sort.dir === 'asc' ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [x, y] = [valueOf(a, sort.key), valueOf(b, sort.key)];
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
    if (y === null || y === undefined) return -1;
    return sign * compare(x, y);
  });
}
