/** Filters as chips, for reports and logs. */
import { type Filter, FILTER_WORDS, keepValues, takesFilterValues } from '@/lib/filters';
import { Filter as FilterIcon, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { ValuesEditor, type FilterField } from './conditions/values-editor';
import { Button } from './ui/button';
import { Select } from './ui/input';
import { OptionList, type PickOption } from './ui/option-list';
import { Popover } from './ui/popover';

export type { FilterField } from './conditions/values-editor';

interface FilterBarProps {
  filters: Filter[];
  fields: readonly FilterField[];
  onChange: (filters: Filter[]) => void;
  /** The values that are offered, by field. */
  options: Readonly<Record<string, readonly PickOption[]>>;
}

export function FilterBar({ filters, fields, onChange, options }: FilterBarProps) {
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  /** A field was picked: its chip opens and keeps the focus. */
  const picked = useRef(false);
  const add = (key: string) => {
    picked.current = true;
    setAdding(false);
    const field = fields.find(other => other.key === key);
    const op = field?.operators[0] ?? 'equals';
    if (!filters.some(filter => filter.field === key)) onChange([...filters, { field: key, op, values: [] }]);
    setEditing(key);
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters">
      <Popover
        label="Add a filter"
        open={adding}
        onOpenChange={open => {
          picked.current = false;
          setAdding(open);
        }}
        givesFocusBack={() => !picked.current}
        trigger={
          <Button>
            <FilterIcon className="text-ink-faint size-3.5" aria-hidden="true" /> Filter
          </Button>
        }
      >
        <OptionList
          label="fields"
          options={fields.map(field => ({
            value: field.key,
            label: field.title,
            keywords: field.key,
            ...(field.group ? { group: field.group } : {}),
          }))}
          selected={filters.map(filter => filter.field)}
          onPick={add}
        />
      </Popover>
      {filters.map(filter => (
        <FilterChip
          key={filter.field}
          filter={filter}
          field={fields.find(field => field.key === filter.field)}
          open={editing === filter.field}
          onOpenChange={open => setEditing(open ? filter.field : null)}
          onChange={next => onChange(filters.map(other => (other === filter ? next : other)))}
          onRemove={() => onChange(filters.filter(other => other !== filter))}
          options={options[filter.field] ?? []}
        />
      ))}
      {filters.length > 1 && (
        <Button variant="ghost" size="sm" onClick={() => onChange([])}>
          Clear
        </Button>
      )}
    </div>
  );
}

interface FilterChipProps {
  filter: Filter;
  field: FilterField | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
  options: readonly PickOption[];
}

/** A filter in a few words; a click opens it. */
export function FilterChip({ filter, field, open, onOpenChange, onChange, onRemove, options }: FilterChipProps) {
  const title = field?.title ?? filter.field;
  const nameOf = (id: string) => options.find(option => option.value === id)?.label ?? id;
  const more = filter.values.length > 2 ? ` +${filter.values.length - 2}` : '';
  const valued = takesFilterValues(filter.op);
  const joint = filter.op === 'between' ? ' and ' : ', ';
  const text = filter.values.some(value => value !== '')
    ? filter.values.slice(0, 2).map(nameOf).join(joint) + more
    : '…';
  const operators = field?.operators ?? [filter.op];
  return (
    <span className="bg-accent-soft text-accent-text flex h-8 max-w-full min-w-0 items-center rounded-md text-sm">
      <Popover
        label={`Filter on ${title}`}
        open={open}
        onOpenChange={onOpenChange}
        className="w-80 p-3"
        trigger={
          <button type="button" className="h-full min-w-0 truncate rounded-md pl-2.5">
            {title} {FILTER_WORDS[filter.op]} {valued && <span className="font-semibold">{text}</span>}
          </button>
        }
      >
        <div className="grid gap-2">
          <p className="text-sm font-semibold">{title}</p>
          <Select
            aria-label="Comparison"
            value={filter.op}
            options={operators.map(op => ({ value: op, label: FILTER_WORDS[op] }))}
            onChange={op => onChange({ ...filter, op, values: keepValues(filter.values, op) })}
          />
          <ValuesEditor filter={filter} field={field} options={options} onChange={onChange} />
        </div>
      </Popover>
      <button
        type="button"
        aria-label={`Remove filter on ${title}`}
        onClick={onRemove}
        className="mx-0.5 grid size-6 shrink-0 place-items-center rounded"
      >
        <X className="size-3.5" aria-hidden="true" />
      </button>
    </span>
  );
}
