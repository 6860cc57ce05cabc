/** Filters on figures beside those on dimensions: which rows are shown, after everything was added up. */
import type { FilterOp, MetricInfo } from '@/api/types';
import type { Filter } from '@/lib/filters';
import { SlidersHorizontal } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../ui/button';
import { OptionList } from '../ui/option-list';
import { Popover } from '../ui/popover';
import { fieldOptions } from './condition-editor';
import { FilterChip } from './filter-chip';
import type { FilterField } from './values-editor';

const OPERATORS: readonly FilterOp[] = [
  'at_least',
  'at_most',
  'greater_than',
  'less_than',
  'between',
  'equals',
  'not_equals',
  'is_set',
  'is_not_set',
];

interface FigureBarProps {
  metrics: readonly MetricInfo[];
  figures: readonly Filter[];
  onChange: (figures: Filter[]) => void;
}

export function FigureBar({ metrics, figures, onChange }: FigureBarProps) {
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  /** A metric was picked: its chip opens and keeps the focus. */
  const picked = useRef(false);
  const fields = metrics.map(({ key, title, description }): FilterField => ({
    key,
    title,
    operators: OPERATORS,
    free: true,
    keywords: description,
  }));
  const put = (index: number, next: Filter | null) =>
    onChange(figures.flatMap((figure, at) => (at === index ? (next ?? []) : figure)));
  const add = (key: string) => {
    onChange([...figures, { field: key, op: 'at_least', values: [] }]);
    picked.current = true;
    setAdding(false);
    setEditing(figures.length);
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1.5" role="group" aria-label="Filters on figures">
      <Popover
        label="Add a filter on a figure"
        open={adding}
        onOpenChange={open => {
          picked.current = false;
          setAdding(open);
        }}
        givesFocusBack={() => !picked.current}
        trigger={
          <Button title="Show only rows with such figures; totals are those of the rows shown">
            <SlidersHorizontal className="text-ink-faint size-3.5" aria-hidden="true" /> Figures
          </Button>
        }
      >
        <OptionList label="metrics" options={fieldOptions(fields)} selected={[]} onPick={add} />
      </Popover>
      {figures.map((figure, index) => (
        <FilterChip
          // oxlint-disable-next-line react/no-array-index-key -- conditions have no identity
          key={index}
          filter={figure}
          field={fields.find(field => field.key === figure.field)}
          open={editing === index}
          onOpenChange={open => setEditing(open ? index : null)}
          onChange={next => put(index, next)}
          onRemove={() => put(index, null)}
          options={[]}
        />
      ))}
    </div>
  );
}
