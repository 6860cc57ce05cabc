import { formulaQuery } from '@/api/custom-metrics';
import type { MetricInfo } from '@/api/types';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { useDebounced } from '@/lib/use-debounced';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, Plus } from 'lucide-react';
import { useRef, useState } from 'react';
import { aroundMistake } from './metric-key';

interface FormulaFieldProps {
  metrics: readonly MetricInfo[];
  value: string;
  /** What the server said when it was saved. */
  error: string | undefined;
  onChange: (formula: string) => void;
}

const QUIET_MS = 300;

export function FormulaField({ metrics, value, error, onChange }: FormulaFieldProps) {
  const [picking, setPicking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const asked = useDebounced(value.trim(), QUIET_MS);
  const { data } = useQuery({ ...formulaQuery(asked), enabled: asked !== '' });
  // What is said is about the text as it stood when it was asked.
  const current = asked !== '' && asked === value.trim() ? data : undefined;
  const mistake = current?.error ?? null;
  const insert = (key: string) => {
    const at = area.current?.selectionStart ?? value.length;
    const [head, tail] = [value.slice(0, at), value.slice(at)];
    const gap = head === '' || /[\s(]$/.test(head) ? '' : ' ';
    onChange(`${head}${gap}${key}${tail}`);
    setPicking(false);
  };
  return (
    <Field
      label="Formula"
      error={mistake ? `At character ${mistake.position}: ${mistake.reason}` : error}
      hint="+ − × ÷ and parentheses, numbers, min(a, b), max(a, b), abs(a), if(a > b, x, y), coalesce(a, b)."
      aside={
        <Popover
          label="Insert a metric"
          align="end"
          open={picking}
          onOpenChange={setPicking}
          trigger={
            <Button size="sm" variant="ghost" className="-my-1">
              <Plus className="size-3.5" aria-hidden="true" /> Insert a metric
            </Button>
          }
        >
          <OptionList
            label="metrics"
            options={metrics.map(({ key, title, description }) => ({
              value: key,
              label: title,
              hint: key,
              keywords: description,
            }))}
            selected={[]}
            onPick={insert}
          />
        </Popover>
      }
    >
      {control => (
        <>
          <Textarea
            {...control}
            ref={area}
            mono
            rows={3}
            spellCheck={false}
            placeholder="(revenue − cost) ÷ unique_clicks"
            value={value}
            onChange={event => onChange(event.target.value)}
          />
          {mistake && <Mistake formula={value.trim()} position={mistake.position} />}
          {current && !mistake && (
            <p aria-live="polite" className="text-positive flex items-center gap-1.5 text-xs">
              <CircleCheck className="size-3.5" aria-hidden="true" /> The formula is understood.
            </p>
          )}
        </>
      )}
    </Field>
  );
}

/** The formula once more, with the place that is wrong marked. */
function Mistake({ formula, position }: { formula: string; position: number }) {
  const { before, at, after } = aroundMistake(formula, position);
  return (
    <pre
      aria-hidden="true"
      className="bg-sunken border-line overflow-x-auto rounded-md border px-2.5 py-1.5 font-mono text-xs whitespace-pre-wrap"
    >
      <span className="text-ink-faint">{before}</span>
      <mark className="bg-negative-soft text-negative rounded-xs underline decoration-wavy underline-offset-4">
        {at || '\u2009…\u2009'}
      </mark>
      <span className="text-ink-faint">{after}</span>
    </pre>
  );
}
