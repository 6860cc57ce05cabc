/** One filter in a few words, opened and changed in place. */
import { type Filter, FILTER_WORDS, keepValues, takesFilterValues } from '@/lib/filters';
import { X } from 'lucide-react';
import { Select } from '../ui/input';
import type { PickOption } from '../ui/option-list';
import { Popover } from '../ui/popover';
import { type FilterField, ValuesEditor } from './values-editor';

interface FilterChipProps {
  filter: Filter;
  field: FilterField | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
  options: readonly PickOption[];
}

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
