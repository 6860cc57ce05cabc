import type { CriterionInfo } from '@/api/types';
import { MultiCombobox } from '@/components/ui/combobox';
import { Button, IconButton } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { WordsInput } from '@/components/ui/words-input';
import { countries, languages } from '@/lib/geography';
import { Plus, X } from 'lucide-react';
import { takesOneValue } from './operators';
import type { TestNode } from './rule-tree';

interface RuleValuesProps {
  test: TestNode;
  info: CriterionInfo | undefined;
  onChange: (values: string[]) => void;
}

const WEEKDAYS: Record<string, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** The input that fits the criterion: countries by name, times as times, few values as a list, everything else as words. */
export function RuleValues({ test, info, onChange }: RuleValuesProps) {
  const label = `Values of ${info?.title ?? test.criterion}`;
  const ranged = test.op === 'between' || test.op === 'not_between';
  if (ranged) return <Ranges test={test} label={label} onChange={onChange} />;
  if (takesOneValue(test.op)) {
    return (
      <Input
        aria-label={label}
        value={test.values[0] ?? ''}
        placeholder={info?.example}
        onChange={event => onChange(event.target.value === '' ? [] : [event.target.value])}
      />
    );
  }
  const exact = test.op === 'in' || test.op === 'not_in';
  if (exact && test.criterion === 'country') {
    return (
      <MultiCombobox
        label={label}
        options={countries()}
        values={test.values}
        onChange={onChange}
        placeholder="Choose countries…"
      />
    );
  }
  if (exact && test.criterion === 'language') {
    return (
      <MultiCombobox
        label={label}
        options={languages()}
        values={test.values}
        onChange={onChange}
        placeholder="Choose languages…"
      />
    );
  }
  if (exact && info && info.values.length > 0) {
    const options = info.values.map(value => ({ value, label: WEEKDAYS[value] ?? value.replaceAll('_', ' ') }));
    return <MultiCombobox label={label} options={options} values={test.values} onChange={onChange} />;
  }
  return (
    <WordsInput
      label={label}
      values={test.values}
      onChange={onChange}
      placeholder={info?.example ? `${info.example} – Enter adds another` : 'Enter adds another'}
    />
  );
}

interface RangeKind {
  input: 'time' | 'date' | 'text';
  joint: string;
}

function rangeKind(criterion: string): RangeKind {
  if (criterion === 'time_of_day') return { input: 'time', joint: '-' };
  if (criterion === 'date') return { input: 'date', joint: '..' };
  return { input: 'text', joint: '..' };
}

function Ranges({ test, label, onChange }: { test: TestNode; label: string; onChange: (values: string[]) => void }) {
  const kind = rangeKind(test.criterion);
  const ranges = test.values.length > 0 ? test.values : [kind.joint];
  const set = (index: number, from: string, to: string) =>
    onChange(ranges.map((range, other) => (other === index ? `${from}${kind.joint}${to}` : range)));
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
              onChange={event => set(index, event.target.value, to)}
              className="w-auto min-w-0 flex-1"
            />
            <span className="text-ink-faint text-xs">to</span>
            <Input
              type={kind.input}
              aria-label={`${label}, to`}
              value={to}
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
