/** What a field is compared with: chosen values, typed ones, one number or the two ends of a range. */
import type { DimensionInfo, FilterOp } from '@/api/types';
import { type Filter, valueCount } from '@/lib/filters';
import { MultiCombobox } from '../ui/combobox';
import { Input } from '../ui/input';
import type { PickOption } from '../ui/option-list';

export interface FilterField {
  key: string;
  title: string;
  group?: string;
  operators: readonly FilterOp[];
  /** Whether a value that is not offered may be typed. */
  free: boolean;
  /** Whether its values are moments. */
  moment?: boolean;
  /** Further words that find it. */
  keywords?: string;
}

/** The dimensions of reports as fields to filter by. */
export function fieldsOfDimensions(dimensions: readonly DimensionInfo[]): FilterField[] {
  return dimensions.map(({ key, title, group, operators, value_type, values, description }) => ({
    key,
    title,
    group,
    operators,
    free: value_type !== 'entity' && values.length === 0,
    keywords: description,
  }));
}

/** 2026-03-29T14:30 → 2026-03-29T14:30:00Z */
function utc(text: string): string {
  if (text === '') return '';
  return `${text.length === 16 ? `${text}:00` : text}Z`;
}

interface ValuesEditorProps {
  filter: Filter;
  field: FilterField | undefined;
  options: readonly PickOption[];
  onChange: (filter: Filter) => void;
  className?: string;
}

export function ValuesEditor({ filter, field, options, onChange, className }: ValuesEditorProps) {
  const title = field?.title ?? filter.field;
  const count = valueCount(filter.op);
  if (count === 0) return null;
  if (count === 'many') {
    const exact = filter.op === 'equals' || filter.op === 'not_equals';
    return (
      <MultiCombobox
        label={`Values of ${title}`}
        options={exact ? options : []}
        values={filter.values}
        onChange={values => onChange({ ...filter, values })}
        custom={value => (field?.free === false && exact ? null : `Use “${value}”`)}
        placeholder={exact && options.length > 0 ? 'Choose…' : 'Type a value…'}
        {...(className ? { className } : {})}
      />
    );
  }
  const set = (index: number, text: string) => {
    const values = Array.from({ length: count }, (_, at) => (at === index ? text : (filter.values[at] ?? '')));
    onChange({ ...filter, values });
  };
  const input = (index: number, label: string) =>
    field?.moment ? (
      <Input
        type="datetime-local"
        step={1}
        aria-label={`${label}, UTC`}
        title="UTC"
        value={(filter.values[index] ?? '').replace(/(\.\d+)?Z$/, '')}
        onChange={event => set(index, utc(event.target.value))}
        className="min-w-44"
      />
    ) : (
      <Input
        aria-label={label}
        value={filter.values[index] ?? ''}
        onChange={event => set(index, event.target.value)}
        className="min-w-20"
      />
    );
  if (count === 1) return <div className={className}>{input(0, `Value of ${title}`)}</div>;
  return (
    <div className={className}>
      <div className="flex items-center gap-1.5">
        {input(0, `Lowest value of ${title}`)}
        <span className="text-ink-faint text-xs">and</span>
        {input(1, `Highest value of ${title}`)}
      </div>
    </div>
  );
}
