import type { RuleTrace } from '@/api/types';
import { criterionInfo, criterionTitle, operatorTitle, shapeOf, valueTitle, type RuleWords } from '@/lib/rule-words';
import { Check, X } from 'lucide-react';

const GROUPS = { all: 'All of', any: 'At least one of', none: 'None of' };

export function Mark({ ok }: { ok: boolean }) {
  return ok ? (
    <Check className="text-positive mt-0.5 size-3.5 shrink-0" aria-label="yes" />
  ) : (
    <X className="text-negative mt-0.5 size-3.5 shrink-0" aria-label="no" />
  );
}

/** The rules of a stream as the decision saw them: which held, and what the click really had. */
export function RuleTraceView({ rule, words }: { rule: RuleTrace; words: RuleWords }) {
  if (rule.type === 'test') return <Test rule={rule} words={words} />;
  if (rule.type === 'expression') return <Expression rule={rule} />;
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
            <RuleTraceView rule={part} words={words} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Test({ rule, words }: { rule: Extract<RuleTrace, { type: 'test' }>; words: RuleWords }) {
  const info = criterionInfo(words, rule.criterion);
  const more = rule.values_total - rule.values.length;
  const values = rule.values.map(value => valueTitle(info, value)).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return (
    <span className="flex items-start gap-1.5 text-xs">
      <Mark ok={rule.held} />
      <span className="min-w-0">
        <span className="font-medium">{criterionTitle(words, rule.criterion)}</span> {operatorTitle(words, rule.op)}{' '}
        {shapeOf(words, rule.op) !== 'none' && values}
        <span className="text-ink-faint"> – it was </span>
        {rule.actual ? (
          <code className="font-mono break-all">{valueTitle(info, rule.actual)}</code>
        ) : (
          <span className="text-ink-faint">unknown</span>
        )}
      </span>
    </span>
  );
}

function Expression({ rule }: { rule: Extract<RuleTrace, { type: 'expression' }> }) {
  return (
    <span className="flex items-start gap-1.5 text-xs">
      <Mark ok={rule.held} />
      <span className="min-w-0">
        <code className="font-mono break-all">{rule.source}</code>
        {rule.failure && <span className="text-negative"> – {rule.failure}</span>}
      </span>
    </span>
  );
}
