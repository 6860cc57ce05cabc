/** How rules read: everything comes from the server's vocabulary, so that a new criterion or operator needs no change here. */
import type { CriterionInfo, Operator, OperatorInfo } from '@/api/types';

export interface RuleWords {
  criteria: readonly CriterionInfo[];
  operators: readonly OperatorInfo[];
}

export type ValueShape = OperatorInfo['values'];

export function operatorTitle(words: RuleWords, op: Operator): string {
  return words.operators.find(info => info.name === op)?.title ?? op.replaceAll('_', ' ');
}

/** What an operator compares with; unknown ones as with alternatives. */
export function shapeOf(words: RuleWords, op: Operator): ValueShape {
  return words.operators.find(info => info.name === op)?.values ?? 'many';
}

/** The description of a criterion; `query.utm` belongs to `query.`. */
export function criterionInfo(words: RuleWords, criterion: string): CriterionInfo | undefined {
  const { criteria } = words;
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

/** Values of a new test: the first of two words, nothing else. */
export function firstValues(info: CriterionInfo): string[] {
  const [first] = info.values;
  return info.kind === 'flag' && first ? [first.name] : [];
}

export function criterionTitle(words: RuleWords, criterion: string): string {
  const info = criterionInfo(words, criterion);
  const argument = argumentOf(info, criterion);
  if (!info) return criterion;
  return argument === null ? info.title : `${info.title} ${argument}`.trim();
}

/** A value as it is shown: `true` of a flag is `Yes`. */
export function valueTitle(info: CriterionInfo | undefined, value: string): string {
  return info?.values.find(word => word.name === value)?.title ?? value;
}
