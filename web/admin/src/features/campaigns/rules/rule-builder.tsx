import type { CriterionInfo } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Button, IconButton } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { Input, Select } from '@/components/ui/input';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { cn } from '@/lib/cn';
import { timezones } from '@/lib/time';
import { FolderPlus, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { argumentOf, criterionInfo, firstOperator, OPERATOR_WORDS, takesValues } from './operators';
import { depthOf, DEPTH_MAX, type GroupNode, type Mode, reduceRule, type RuleAction, type TestNode } from './rule-tree';
import { RuleValues } from './rule-values';

const MODES: { value: Mode; label: string }[] = [
  { value: 'all', label: 'All of these hold' },
  { value: 'any', label: 'At least one of these holds' },
  { value: 'none', label: 'None of these holds' },
];

interface RuleBuilderProps {
  rule: GroupNode;
  onChange: (rule: GroupNode) => void;
  criteria: readonly CriterionInfo[];
  /** Timezone of time criteria that name none. */
  timezone: string;
  /** Path of the rule in the document that is saved, to find its problems. */
  path: string;
}

export function RuleBuilder({ rule, onChange, criteria, timezone, path }: RuleBuilderProps) {
  const dispatch = (action: RuleAction) => onChange(reduceRule(rule, action));
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <Group
        root={rule}
        group={rule}
        dispatch={dispatch}
        criteria={criteria}
        timezone={timezone}
        path={`${path}.${rule.mode}`}
      />
      <Problems path={path} />
    </div>
  );
}

interface PartProps {
  dispatch: (action: RuleAction) => void;
  criteria: readonly CriterionInfo[];
  timezone: string;
  path: string;
}

function Group({ root, group, dispatch, criteria, timezone, path }: PartProps & { root: GroupNode; group: GroupNode }) {
  const isRoot = root.key === group.key;
  const empty = group.parts.length === 0;
  return (
    <div className={cn('border-line rounded-lg border', isRoot ? 'bg-sunken/60' : 'bg-surface')}>
      <div className={cn('flex items-center gap-2 px-2.5 py-2', isRoot && empty && 'hidden')}>
        <Select
          aria-label="How the conditions of this group are joined"
          className="w-60"
          value={group.mode}
          options={MODES}
          onChange={mode => dispatch({ type: 'set-mode', group: group.key, mode })}
        />
        <IconButton
          size="sm"
          className="ml-auto"
          label={isRoot ? 'Remove all conditions' : 'Remove this group'}
          onClick={() => dispatch({ type: 'remove', key: group.key })}
        >
          <X className="size-3.5" />
        </IconButton>
      </div>
      {!empty && (
        <ul className="grid grid-cols-1 gap-2 px-2 sm:px-2.5">
          {group.parts.map((part, index) => (
            <li key={part.key}>
              {part.type === 'group' ? (
                <Group
                  root={root}
                  group={part}
                  dispatch={dispatch}
                  criteria={criteria}
                  timezone={timezone}
                  path={`${path}[${index}].${part.mode}`}
                />
              ) : (
                <Test
                  test={part}
                  dispatch={dispatch}
                  criteria={criteria}
                  timezone={timezone}
                  path={`${path}[${index}].test`}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-1.5 px-2.5 py-2">
        <AddTest
          criteria={criteria}
          onAdd={info =>
            dispatch({ type: 'add-test', group: group.key, criterion: info.name, op: firstOperator(info) })
          }
        />
        {!(isRoot && empty) && (
          <Button
            size="sm"
            variant="ghost"
            disabled={depthOf(root, group.key) >= DEPTH_MAX}
            title={depthOf(root, group.key) >= DEPTH_MAX ? `Groups can be nested ${DEPTH_MAX} deep` : undefined}
            onClick={() =>
              dispatch({ type: 'add-group', group: group.key, mode: group.mode === 'any' ? 'all' : 'any' })
            }
          >
            <FolderPlus className="size-3.5" /> Group
          </Button>
        )}
        {isRoot && empty && (
          <span className="text-ink-faint text-xs">Without conditions the stream takes everybody.</span>
        )}
      </div>
    </div>
  );
}

function AddTest({ criteria, onAdd }: { criteria: readonly CriterionInfo[]; onAdd: (info: CriterionInfo) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Add a condition"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button size="sm">
          <Plus className="size-3.5" /> Condition
        </Button>
      }
    >
      <OptionList
        label="conditions"
        placeholder="Country, device, sub id…"
        options={criteria.map(info => ({
          value: info.name,
          label: info.title,
          group: info.group,
          keywords: `${info.group} ${info.name}`,
        }))}
        selected={[]}
        onPick={name => {
          const info = criteria.find(criterion => criterion.name === name);
          if (info) onAdd(info);
          setOpen(false);
        }}
      />
    </Popover>
  );
}

function Test({ test, dispatch, criteria, timezone, path }: PartProps & { test: TestNode }) {
  const info = criterionInfo(criteria, test.criterion);
  const argument = argumentOf(info, test.criterion);
  const set = (patch: Partial<Omit<TestNode, 'type' | 'key'>>) => dispatch({ type: 'set-test', key: test.key, patch });
  const isTime = test.criterion === 'time_of_day' || test.criterion === 'weekday' || test.criterion === 'date';
  const operators = info?.operators ?? [test.op];
  const chooseCriterion = (name: string | null) => {
    const next = criteria.find(criterion => criterion.name === name);
    if (next) set({ criterion: next.name, op: firstOperator(next), values: [], timezone: null });
  };
  return (
    <div className="bg-surface border-line grid grid-cols-1 gap-1.5 rounded-md border p-2">
      <div className="grid grid-cols-[minmax(0,1fr)_2rem] items-start gap-1.5 md:grid-cols-[11rem_9.5rem_minmax(0,1fr)_2rem]">
        <div className="flex min-w-0 gap-1.5">
          <Combobox
            label="Condition on"
            options={criteria.map(item => ({
              value: item.name,
              label: item.title,
              group: item.group,
              keywords: item.name,
            }))}
            value={info?.name ?? test.criterion}
            onChange={chooseCriterion}
          />
          {argument !== null && (
            <Input
              aria-label={info?.name === 'sub_id.' ? 'Number of the sub id' : 'Name of the parameter'}
              placeholder={info?.name === 'sub_id.' ? '1–30' : 'name'}
              value={argument}
              className="w-20 shrink-0"
              onChange={event => set({ criterion: `${info?.name ?? ''}${event.target.value.trim()}` })}
            />
          )}
        </div>
        <IconButton
          size="sm"
          label={`Remove condition on ${info?.title ?? test.criterion}`}
          className="md:order-last"
          onClick={() => dispatch({ type: 'remove', key: test.key })}
        >
          <X className="size-3.5" />
        </IconButton>
        <Select
          aria-label="Comparison"
          className="col-span-2 md:col-span-1"
          value={test.op}
          options={operators.map(op => ({ value: op, label: OPERATOR_WORDS[op] }))}
          onChange={op => set({ op, ...(sameShape(test.op, op) ? {} : { values: [] }) })}
        />
        <div className="col-span-2 min-w-0 md:col-span-1">
          {takesValues(test.op) && <RuleValues test={test} info={info} onChange={values => set({ values })} />}
        </div>
      </div>
      {isTime && (
        <div className="flex items-center gap-2">
          <span className="text-ink-faint text-xs">in timezone</span>
          <Combobox
            label="Timezone"
            className="w-56"
            none={`${timezone} (workspace)`}
            options={timezones().map(zone => ({ value: zone, label: zone }))}
            value={test.timezone}
            onChange={zone => set({ timezone: zone })}
          />
        </div>
      )}
      <Problems path={path} deep />
    </div>
  );
}

/** Whether values of one operator make sense for the other. */
function sameShape(a: TestNode['op'], b: TestNode['op']): boolean {
  const shape = (op: TestNode['op']) =>
    op === 'between' || op === 'not_between'
      ? 'range'
      : op === 'exists' || op === 'empty'
        ? 'none'
        : op.startsWith('at_')
          ? 'one'
          : 'words';
  return shape(a) === shape(b);
}
