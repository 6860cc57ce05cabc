/** Conditions in groups of groups, each row editable in place. Used where a filter chip is too small: reports, logs, costs. */
import { cn } from '@/lib/cn';
import { type Condition, GROUP_DEPTH_MAX, type Group, isGroup, type Join } from '@/lib/conditions';
import { type Filter, FILTER_WORDS, keepValues } from '@/lib/filters';
import { FolderPlus, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../ui/button';
import { Select } from '../ui/input';
import { OptionList, type PickOption } from '../ui/option-list';
import { Popover } from '../ui/popover';
import { Segmented } from '../ui/toggle';
import { type FilterField, ValuesEditor } from './values-editor';

export interface ConditionSource {
  fields: readonly FilterField[];
  /** The values that are offered, by field. */
  options: Readonly<Record<string, readonly PickOption[]>>;
}

interface ListProps {
  source: ConditionSource;
  conditions: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
  depth?: number;
  /** Words that tell this list's buttons from those of others, for screen readers. */
  place?: string;
}

/** A list of conditions with the buttons that add to it. */
export function ConditionList({ source, conditions, onChange, depth = 0, place = '' }: ListProps) {
  const put = (index: number, next: Condition | null) =>
    onChange(conditions.flatMap((condition, at) => (at === index ? (next ?? []) : condition)));
  const add = (condition: Condition) => onChange([...conditions, condition]);
  return (
    <div className="grid gap-2">
      {conditions.map((condition, index) => {
        const name = `${place}${index + 1}`;
        return isGroup(condition) ? (
          // oxlint-disable-next-line react/no-array-index-key -- conditions have no identity
          <GroupBox
            key={index}
            source={source}
            group={condition}
            depth={depth}
            place={name}
            onChange={next => put(index, next)}
          />
        ) : (
          // oxlint-disable-next-line react/no-array-index-key -- conditions have no identity
          <FilterRow key={index} source={source} filter={condition} onChange={next => put(index, next)} />
        );
      })}
      <div className="flex flex-wrap gap-2">
        <AddFilter source={source} place={place} onAdd={add} />
        {depth < GROUP_DEPTH_MAX && (
          <Button
            size="sm"
            variant="ghost"
            aria-label={place ? `Add a group to group ${place.replace(/\.$/, '')}` : 'Add a group'}
            onClick={() => add({ join: 'any', of: [] })}
          >
            <FolderPlus className="size-3.5" aria-hidden="true" /> Group
          </Button>
        )}
      </div>
    </div>
  );
}

function AddFilter({
  source,
  place,
  onAdd,
}: {
  source: ConditionSource;
  place: string;
  onAdd: (filter: Filter) => void;
}) {
  const [open, setOpen] = useState(false);
  const label = place ? `Add a condition to group ${place.replace(/\.$/, '')}` : 'Add a condition';
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="sm" aria-label={label}>
          <Plus className="size-3.5" aria-hidden="true" /> Condition
        </Button>
      }
    >
      <OptionList
        label="fields"
        options={fieldOptions(source.fields)}
        selected={[]}
        onPick={key => {
          const op = source.fields.find(field => field.key === key)?.operators[0] ?? 'equals';
          onAdd({ field: key, op, values: [] });
          setOpen(false);
        }}
      />
    </Popover>
  );
}

export function fieldOptions(fields: readonly FilterField[]): PickOption[] {
  return fields.map(({ key, title, group, keywords }) => ({
    value: key,
    label: title,
    keywords: `${key} ${keywords ?? ''}`,
    ...(group ? { group } : {}),
  }));
}

interface FilterRowProps {
  source: ConditionSource;
  filter: Filter;
  onChange: (filter: Filter | null) => void;
}

function FilterRow({ source, filter, onChange }: FilterRowProps) {
  const field = source.fields.find(other => other.key === filter.field);
  const title = field?.title ?? filter.field;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-1.5 sm:grid-cols-[9rem_10rem_minmax(0,1fr)_auto]">
      <span className="flex h-8 min-w-0 items-center text-sm font-medium" title={title}>
        <span className="truncate">{title}</span>
      </span>
      <Select
        aria-label={`Comparison of ${title}`}
        value={filter.op}
        options={(field?.operators ?? [filter.op]).map(op => ({ value: op, label: FILTER_WORDS[op] }))}
        onChange={op => onChange({ ...filter, op, values: keepValues(filter.values, op) })}
        className="order-3 col-span-2 sm:order-none sm:col-span-1"
      />
      <div className="order-4 col-span-2 min-w-0 empty:hidden sm:order-none sm:col-span-1 sm:empty:block">
        <ValuesEditor filter={filter} field={field} options={source.options[filter.field] ?? []} onChange={onChange} />
      </div>
      <IconButton label={`Remove the condition on ${title}`} onClick={() => onChange(null)}>
        <Trash2 className="size-3.5" aria-hidden="true" />
      </IconButton>
    </div>
  );
}

const JOIN_OPTIONS: { value: Join; label: string; title: string }[] = [
  { value: 'all', label: 'All', title: 'Every condition of the group holds' },
  { value: 'any', label: 'Any', title: 'At least one of them holds' },
  { value: 'none', label: 'None', title: 'None of them holds' },
];

interface GroupBoxProps {
  source: ConditionSource;
  group: Group;
  depth: number;
  place: string;
  onChange: (group: Group | null) => void;
}

function GroupBox({ source, group, depth, place, onChange }: GroupBoxProps) {
  return (
    <div
      role="group"
      aria-label={`Group ${place}`}
      className={cn(
        'border-line grid gap-2 rounded-lg border border-l-2 p-2.5',
        group.join === 'none' ? 'border-l-negative' : 'border-l-accent',
        depth % 2 === 0 ? 'bg-sunken/60' : 'bg-surface',
      )}
    >
      <div className="flex items-center justify-between gap-2">
        <span className="flex items-center gap-2 text-xs">
          <Segmented
            size="sm"
            label={`How the conditions of group ${place} are joined`}
            value={group.join}
            options={JOIN_OPTIONS}
            onChange={join => onChange({ ...group, join })}
          />
          <span className="text-ink-faint">of these {group.join === 'none' ? 'may' : 'must'} hold</span>
        </span>
        <IconButton size="sm" label={`Remove group ${place}`} onClick={() => onChange(null)}>
          <Trash2 className="size-3.5" aria-hidden="true" />
        </IconButton>
      </div>
      <ConditionList
        source={source}
        conditions={group.of}
        onChange={of => onChange({ ...group, of })}
        depth={depth + 1}
        place={`${place}.`}
      />
    </div>
  );
}
