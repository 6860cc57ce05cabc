/** Filters of reports and logs as they stand in a URL: `country~equals~DE~AT;sub_id_1~not_equals~a`. */
import type { FilterOp } from '@/api/types';

export interface Filter {
  field: string;
  op: FilterOp;
  values: string[];
}

export const FILTER_WORDS: Record<FilterOp, string> = {
  equals: 'is',
  not_equals: 'is not',
  greater_than: 'is above',
  at_least: 'is at least',
  less_than: 'is below',
  at_most: 'is at most',
  between: 'is between',
  contains: 'contains',
  not_contains: 'does not contain',
  begins_with: 'begins with',
  ends_with: 'ends with',
  matches: 'matches',
  not_matches: 'does not match',
  is_set: 'is present',
  is_not_set: 'is missing',
  is_true: 'is yes',
  is_false: 'is no',
};

const WITHOUT_VALUES = new Set<FilterOp>(['is_set', 'is_not_set', 'is_true', 'is_false']);

export function takesFilterValues(op: FilterOp): boolean {
  return !WITHOUT_VALUES.has(op);
}

const ONE_VALUE = new Set<FilterOp>(['greater_than', 'at_least', 'less_than', 'at_most']);

/** How many values an operator takes: none, one, two (both ends), or any number. */
export function valueCount(op: FilterOp): 0 | 1 | 2 | 'many' {
  if (WITHOUT_VALUES.has(op)) return 0;
  if (op === 'between') return 2;
  return ONE_VALUE.has(op) ? 1 : 'many';
}

/** What stays of the values when the operator changes. */
export function keepValues(values: readonly string[], op: FilterOp): string[] {
  const count = valueCount(op);
  return count === 'many' ? values.filter(value => value !== '') : values.slice(0, count);
}

/** A filter that is being put together and has no value yet keeps everything, and is not sent. */
export function isComplete(filter: Filter): boolean {
  const given = filter.values.filter(value => value !== '').length;
  const count = valueCount(filter.op);
  return count === 'many' ? given > 0 : given >= count;
}

/** What stands for itself between `~`, `;` and parentheses. */
function escapePart(text: string): string {
  return text.replace(/[%~;,&+#()]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescapePart(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function writeFilter(filter: Filter): string {
  return [filter.field, filter.op, ...filter.values].map(escapePart).join('~');
}

export function writeFilters(filters: readonly Filter[]): string {
  return filters.map(writeFilter).join(';');
}

/** One filter of a URL, or `null` when the text is none. */
export function parseFilter(text: string): Filter | null {
  const [field, op, ...values] = text.split('~').map(unescapePart);
  if (!field || !op || !/^[\w.]+$/.test(field) || !Object.hasOwn(FILTER_WORDS, op)) return null;
  return { field, op: op as FilterOp, values };
}

/** Reads what `writeFilters` wrote; what is no filter is left out. */
export function parseFilters(text: string): Filter[] {
  return text.split(';').flatMap(part => parseFilter(part) ?? []);
}

/** The filter of one value; the empty value stands for "nothing there". */
export function equalsFilter(field: string, value: string): Filter {
  return value === '' ? { field, op: 'is_not_set', values: [] } : { field, op: 'equals', values: [value] };
}
