import type { CriterionInfo, RuleTrace } from '@/api/types';
import { Check, X } from 'lucide-react';
import { criterionTitle, OPERATOR_WORDS, takesValues } from './rules/operators';

const GROUPS = { all: 'All of', any: 'At least one of', none: 'None of' };

export function Mark({ ok }: { ok: boolean }) {
  return ok ? (
    <Check className="text-positive mt-0.5 size-3.5 shrink-0" aria-label="yes" />
  ) : (
    <X className="text-negative mt-0.5 size-3.5 shrink-0" aria-label="no" />
  );
}

/** The rules of a stream as the decision saw them: which held, and what the click really had. */
export function RuleTraceView({ rule, criteria }: { rule: RuleTrace; criteria: readonly CriterionInfo[] }) {
  if (rule.type === 'test') return <Test rule={rule} criteria={criteria} />;
  if (rule.parts.length === 0) return <span className="text-ink-faint text-xs">no conditions</span>;
  return (
    <div className="grid grid-cols-1 gap-1">
      <span className="flex items-start gap-1.5 text-xs">
        <Mark ok={rule.held} />
        <span className="text-ink-soft">{GROUPS[rule.type]}</span>
      </span>
      <ul className="border-line ml-1.5 grid grid-cols-1 gap-1 border-l pl-3">
        {rule.parts.map((part, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a trace never changes
          <li key={index}>
            <RuleTraceView rule={part} criteria={criteria} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Test({ rule, criteria }: { rule: Extract<RuleTrace, { type: 'test' }>; criteria: readonly CriterionInfo[] }) {
  const more = rule.values_total - rule.values.length;
  const values = rule.values.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return (
    <span className="flex items-start gap-1.5 text-xs">
      <Mark ok={rule.held} />
      <span className="min-w-0">
        <span className="font-medium">{criterionTitle(criteria, rule.criterion)}</span> {OPERATOR_WORDS[rule.op]}{' '}
        {takesValues(rule.op) && values}
        <span className="text-ink-faint"> – it was </span>
        {rule.actual ? (
          <code className="font-mono break-all">{rule.actual}</code>
        ) : (
          <span className="text-ink-faint">unknown</span>
        )}
      </span>
    </span>
  );
}
