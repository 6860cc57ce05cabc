import type { CriterionInfo, Source } from '@/api/types';
import { Button, IconButton } from '@/components/ui/button';
import { MultiCombobox } from '@/components/ui/combobox';
import { Input, Select } from '@/components/ui/input';
import { WordsInput } from '@/components/ui/words-input';
import { countries, languages } from '@/lib/geography';
import type { ValueShape } from '@/lib/rule-words';
import { Plus, X } from 'lucide-react';
import type { TestNode } from './rule-tree';

interface RuleValuesProps {
  test: TestNode;
  info: CriterionInfo | undefined;
  shape: ValueShape;
  sources: readonly Source[];
  onChange: (values: string[]) => void;
}

/** The input that fits the criterion: countries by name, times as times, few values as a list, everything else as words. */
export function RuleValues({ test, info, shape, sources, onChange }: RuleValuesProps) {
  const label = `Values of ${info?.title ?? test.criterion}`;
  if (shape === 'ranges') return <Ranges test={test} info={info} label={label} onChange={onChange} />;
  if (info?.kind === 'flag') {
    return (
      <Select
        aria-label={label}
        value={test.values[0] ?? ''}
        options={[
          ...(test.values.length === 0 ? [{ value: '', label: 'Choose…' }] : []),
          ...info.values.map(word => ({ value: word.name, label: word.title })),
        ]}
        onChange={value => onChange(value === '' ? [] : [value])}
      />
    );
  }
  if (shape === 'one') {
    return (
      <span className="flex items-center gap-1.5">
        <Input
          aria-label={label}
          value={test.values[0] ?? ''}
          placeholder={info?.example}
          inputMode={info?.kind === 'version' || info?.kind === 'any' ? 'text' : 'decimal'}
          onChange={event => onChange(event.target.value === '' ? [] : [event.target.value.trim()])}
        />
        {info?.kind === 'percent' && <span className="text-ink-faint text-sm">%</span>}
      </span>
    );
  }
  const options = shape === 'many' ? choices(info, test.criterion, sources) : null;
  if (options) return <MultiCombobox label={label} options={options} values={test.values} onChange={onChange} />;
  if (shape === 'patterns') return <Patterns test={test} info={info} label={label} onChange={onChange} />;
  return (
    <WordsInput
      label={label}
      values={test.values}
      onChange={onChange}
      placeholder={info?.example ? `${info.example} – Enter adds another` : 'Enter adds another'}
    />
  );
}

/** The values to choose from, where they are few or have names; `null` for free text. */
function choices(info: CriterionInfo | undefined, criterion: string, sources: readonly Source[]) {
  const exact = info && ['country', 'word', 'weekday', 'source'].includes(info.kind);
  if (info?.kind === 'country') return countries();
  if (criterion === 'language') return languages();
  if (info?.kind === 'source') return sources.map(source => ({ value: source.id, label: source.name }));
  if (!exact) return null;
  return info.values.map(word => ({ value: word.name, label: word.title }));
}

/** Masks and regular expressions, a line each: they may hold commas. */
function Patterns({ test, info, label, onChange }: Omit<RuleValuesProps, 'shape' | 'sources'> & { label: string }) {
  const patterns = test.values.length > 0 ? test.values : [''];
  const mask = test.op === 'mask' || test.op === 'not_mask';
  const set = (index: number, pattern: string) =>
    onChange(
      patterns.map((other, at) => (at === index ? pattern : other)).filter(it => it !== '' || patterns.length > 1),
    );
  return (
    <div className="grid gap-1.5">
      {patterns.map((pattern, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- patterns are edited in place and have no identity
        <div key={index} className="flex items-center gap-1.5">
          <Input
            mono
            spellCheck={false}
            aria-label={`${label}, pattern ${index + 1}`}
            value={pattern}
            placeholder={mask ? `*${info?.example ?? ''}*` : `^(${info?.example ?? 'a'}|…)$`}
            onChange={event => set(index, event.target.value)}
          />
          {patterns.length > 1 && (
            <IconButton
              size="sm"
              label={`Remove pattern ${index + 1}`}
              onClick={() => onChange(patterns.filter((_, at) => at !== index))}
            >
              <X className="size-3.5" />
            </IconButton>
          )}
        </div>
      ))}
      <div className="flex flex-wrap items-center gap-x-2">
        <Button
          size="sm"
          variant="ghost"
          disabled={patterns.at(-1) === ''}
          onClick={() => onChange([...patterns, ''])}
          className="px-1.5"
        >
          <Plus className="size-3.5" /> or another
        </Button>
        <span className="text-ink-faint text-xs">
          {mask ? '* is any text, ? any character' : 'Found anywhere; ^ and $ anchor it. Case does not matter.'}
        </span>
      </div>
    </div>
  );
}

interface RangeKind {
  input: 'time' | 'date' | 'text';
  joint: string;
  from: string;
  to: string;
}

function rangeKind(info: CriterionInfo | undefined): RangeKind {
  if (info?.kind === 'time') return { input: 'time', joint: '-', from: '', to: '' };
  if (info?.kind === 'date') return { input: 'date', joint: '..', from: '', to: '' };
  if (info?.kind === 'address') return { input: 'text', joint: '-', from: '203.0.113.10', to: '203.0.113.99' };
  return { input: 'text', joint: '..', from: 'from', to: 'to' };
}

function Ranges({ test, info, label, onChange }: Omit<RuleValuesProps, 'shape' | 'sources'> & { label: string }) {
  const kind = rangeKind(info);
  const ranges = test.values.length > 0 ? test.values : [kind.joint];
  const set = (index: number, from: string, to: string) =>
    onChange(ranges.map((range, other) => (other === index ? `${from.trim()}${kind.joint}${to.trim()}` : range)));
  return (
    <div className="grid gap-1.5">
      {ranges.map((range, index) => {
        const at = range.indexOf(kind.joint);
        const [from, to] = [range.slice(0, at), range.slice(at + kind.joint.length)];
        return (
          // oxlint-disable-next-line react/no-array-index-key -- ranges are edited in place and have no identity
          <div key={index} className="flex items-center gap-1.5">
            <Input
              type={kind.input}
              aria-label={`${label}, from`}
              value={from}
              placeholder={kind.from}
              onChange={event => set(index, event.target.value, to)}
              className="w-auto min-w-0 flex-1"
            />
            <span className="text-ink-faint text-xs">to</span>
            <Input
              type={kind.input}
              aria-label={`${label}, to`}
              value={to}
              placeholder={kind.to}
              onChange={event => set(index, from, event.target.value)}
              className="w-auto min-w-0 flex-1"
            />
            {ranges.length > 1 && (
              <IconButton
                size="sm"
                label={`Remove range ${index + 1}`}
                onClick={() => onChange(ranges.filter((_, other) => other !== index))}
              >
                <X className="size-3.5" />
              </IconButton>
            )}
          </div>
        );
      })}
      <div>
        <Button size="sm" variant="ghost" onClick={() => onChange([...ranges, kind.joint])} className="px-1.5">
          <Plus className="size-3.5" /> or another range
        </Button>
      </div>
    </div>
  );
}
