/**
 * Filters in groups: a list of conditions, all of which must hold. In a URL a group is its word and parentheses:
 * `country~equals~DE;any(os~equals~iOS;none(browser~equals~Chrome))`.
 */
import type { Condition as ApiCondition } from '@/api/types';
import { type Filter, FILTER_WORDS, isComplete, parseFilter, takesFilterValues, writeFilters } from './filters';

export const JOINS = ['all', 'any', 'none'] as const;
export type Join = (typeof JOINS)[number];

export interface Group {
  join: Join;
  of: Condition[];
}

export type Condition = Filter | Group;

/** As deep as the server reads. */
export const GROUP_DEPTH_MAX = 5;

export function isGroup(condition: Condition): condition is Group {
  return 'join' in condition;
}

export function writeConditions(conditions: readonly Condition[]): string {
  return conditions
    .map(condition =>
      isGroup(condition) ? `${condition.join}(${writeConditions(condition.of)})` : writeFilters([condition]),
    )
    .join(';');
}

/** Parts between semicolons that stand in no parentheses. */
function parts(text: string): string[] {
  const found: string[] = [];
  let [depth, begin] = [0, 0];
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    if (char === '(') depth += 1;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (char === undefined || (char === ';' && depth === 0)) {
      found.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return found.filter(part => part !== '');
}

/** Reads what `writeConditions` wrote; what is no condition is left out, so that a broken link still shows a report. */
export function parseConditions(text: string | undefined, depth = 0): Condition[] {
  return parts(text ?? '').flatMap((part): Condition[] => {
    const group = /^(all|any|none)\((.*)\)$/s.exec(part);
    if (group)
      return depth < GROUP_DEPTH_MAX ? [{ join: group[1] as Join, of: parseConditions(group[2], depth + 1) }] : [];
    const filter = part.includes('(') ? null : parseFilter(part);
    return filter ? [filter] : [];
  });
}

/** Takes away what fails the test, and groups that are left empty. */
export function keepFilters(conditions: readonly Condition[], keep: (filter: Filter) => boolean): Condition[] {
  return conditions.flatMap((condition): Condition[] => {
    if (!isGroup(condition)) return keep(condition) ? [condition] : [];
    const of = keepFilters(condition.of, keep);
    return of.length > 0 ? [{ ...condition, of }] : [];
  });
}

function toApi(condition: Condition): ApiCondition {
  if (!isGroup(condition)) return { ...condition, values: condition.values.filter(value => value !== '') };
  const of = condition.of.map(toApi);
  if (condition.join === 'all') return { all: of };
  return condition.join === 'any' ? { any: of } : { none: of };
}

/** As the server is asked: what has no value yet is left out. */
export function conditionsBody(conditions: readonly Condition[]): ApiCondition[] {
  return keepFilters(conditions, isComplete).map(toApi);
}

/** As the server keeps it. */
export function conditionsOf(body: readonly ApiCondition[] | undefined): Condition[] {
  return (body ?? []).map((condition): Condition => {
    if ('all' in condition) return { join: 'all', of: conditionsOf(condition.all) };
    if ('any' in condition) return { join: 'any', of: conditionsOf(condition.any) };
    if ('none' in condition) return { join: 'none', of: conditionsOf(condition.none) };
    return { field: condition.field, op: condition.op, values: condition.values ?? [] };
  });
}

/** Every field that is asked about, each once. */
export function fieldsOf(conditions: readonly Condition[]): string[] {
  const all = conditions.flatMap(condition => (isGroup(condition) ? fieldsOf(condition.of) : [condition.field]));
  return [...new Set(all)];
}

export interface Words {
  title: (field: string) => string;
  value: (field: string, value: string) => string;
}

const VALUES_SHOWN = 3;

export function filterWords(filter: Filter, words: Words): string {
  const head = `${words.title(filter.field)} ${FILTER_WORDS[filter.op]}`;
  if (!takesFilterValues(filter.op)) return head;
  const named = filter.values.filter(value => value !== '').map(value => words.value(filter.field, value));
  if (filter.op === 'between') return `${head} ${named[0] ?? '…'} and ${named[1] ?? '…'}`;
  if (named.length === 0) return `${head} …`;
  const more = named.length > VALUES_SHOWN ? ` +${named.length - VALUES_SHOWN}` : '';
  return `${head} ${named.slice(0, VALUES_SHOWN).join(', ')}${more}`;
}

/** A condition as a person would say it. */
export function conditionWords(condition: Condition, words: Words): string {
  if (!isGroup(condition)) return filterWords(condition, words);
  const inner = condition.of.map(member =>
    isGroup(member) ? `(${conditionWords(member, words)})` : filterWords(member, words),
  );
  if (inner.length === 0) return 'an empty group';
  if (condition.join === 'none') return `none of: ${inner.join(', ')}`;
  return inner.join(condition.join === 'all' ? ' and ' : ' or ');
}
