import type { CriterionInfo, Operator } from '@/api/types';

export const OPERATOR_WORDS: Record<Operator, string> = {
  in: 'is',
  not_in: 'is not',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  ends_with: 'ends with',
  at_least: 'is at least',
  at_most: 'is at most',
  between: 'is between',
  not_between: 'is not between',
  exists: 'is present',
  empty: 'is missing',
};

export function takesValues(op: Operator): boolean {
  return op !== 'exists' && op !== 'empty';
}

/** Whether the operator compares with one value alone. */
export function takesOneValue(op: Operator): boolean {
  return op === 'at_least' || op === 'at_most';
}

/** The description of a criterion; `query.utm` belongs to `query.`. */
export function criterionInfo(criteria: readonly CriterionInfo[], criterion: string): CriterionInfo | undefined {
  return (
    criteria.find(info => info.name === criterion) ??
    criteria.find(info => info.name.endsWith('.') && criterion.startsWith(info.name))
  );
}

/** The argument of `query.NAME` and `sub_id.N`, or `null` for a criterion that takes none. */
export function argumentOf(info: CriterionInfo | undefined, criterion: string): string | null {
  return info?.name.endsWith('.') ? criterion.slice(info.name.length) : null;
}

/** What a new test compares with, when the criterion is chosen. */
export function firstOperator(info: CriterionInfo): Operator {
  return info.operators[0] ?? 'in';
}

export function criterionTitle(criteria: readonly CriterionInfo[], criterion: string): string {
  const info = criterionInfo(criteria, criterion);
  const argument = argumentOf(info, criterion);
  if (!info) return criterion;
  return argument === null ? info.title : `${info.title} ${argument}`.trim();
}
