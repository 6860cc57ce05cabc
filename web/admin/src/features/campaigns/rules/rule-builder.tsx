import type { CriterionInfo, Source, Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Button, IconButton } from '@/components/ui/button';
import { Select } from '@/components/ui/input';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { cn } from '@/lib/cn';
import { firstOperator, firstValues } from '@/lib/rule-words';
import { Braces, Copy, FolderPlus, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { ExpressionEditor } from './expression-editor';
import { depthOf, DEPTH_MAX, type GroupNode, type Mode, reduceRule, type RuleAction, type RuleNode } from './rule-tree';
import { type PartProps, RuleTest } from './rule-test';

const MODES: { value: Mode; label: string }[] = [
  { value: 'all', label: 'All of these hold' },
  { value: 'any', label: 'At least one of these holds' },
  { value: 'none', label: 'None of these holds' },
];

/** How the parts of a group are joined, between them. */
const JOINTS: Record<Mode, string> = { all: 'and', any: 'or', none: 'nor' };

const MODE_EDGES: Record<Mode, string> = {
  all: 'border-l-accent/60',
  any: 'border-l-warning/70',
  none: 'border-l-negative/60',
};

export interface RuleBuilderProps {
  rule: GroupNode;
  onChange: (rule: GroupNode) => void;
  vocabulary: Vocabulary;
  sources: readonly Source[];
  /** Timezone of time criteria that name none. */
  timezone: string;
  /** Path of the rule in the document that is saved, to find its problems. */
  path: string;
}

export function RuleBuilder({ rule, onChange, vocabulary, sources, timezone, path }: RuleBuilderProps) {
  const dispatch = (action: RuleAction) => onChange(reduceRule(rule, action));
  const shared = { dispatch, vocabulary, sources, timezone };
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <Group {...shared} root={rule} group={rule} path={`${path}.${rule.mode}`} />
      <Problems path={path} />
    </div>
  );
}

function Group({ root, group, path, ...shared }: PartProps & { root: GroupNode; group: GroupNode }) {
  const { dispatch } = shared;
  const isRoot = root.key === group.key;
  const empty = group.parts.length === 0;
  return (
    <div
      className={cn(
        'border-line rounded-lg border',
        isRoot ? 'bg-sunken/60' : cn('bg-surface border-l-3', MODE_EDGES[group.mode]),
      )}
    >
      <div className={cn('flex items-center gap-2 px-2.5 py-2', isRoot && empty && 'hidden')}>
        <Select
          aria-label="How the conditions of this group are joined"
          className="w-60 max-w-full"
          value={group.mode}
          options={MODES}
          onChange={mode => dispatch({ type: 'set-mode', group: group.key, mode })}
        />
        <span className="ml-auto flex">
          {!isRoot && (
            <IconButton
              size="sm"
              label="Duplicate this group"
              onClick={() => dispatch({ type: 'duplicate', key: group.key })}
            >
              <Copy className="size-3.5" />
            </IconButton>
          )}
          <IconButton
            size="sm"
            label={isRoot ? 'Remove all conditions' : 'Remove this group'}
            onClick={() => dispatch({ type: 'remove', key: group.key })}
          >
            <X className="size-3.5" />
          </IconButton>
        </span>
      </div>
      {!empty && (
        <ul className="grid grid-cols-1 px-2 sm:px-2.5">
          {group.parts.map((part, index) => (
            <li key={part.key}>
              {index > 0 && (
                <span className="text-ink-faint block py-0.5 pl-2.5 text-2xs font-semibold tracking-wide uppercase">
                  {JOINTS[group.mode]}
                </span>
              )}
              <Part {...shared} root={root} part={part} path={`${path}[${index}]`} />
            </li>
          ))}
        </ul>
      )}
      <Adders {...shared} root={root} group={group} />
      {!isRoot && empty && (
        <p className="text-ink-faint px-2.5 pb-2 text-xs">
          {group.mode === 'any' ? 'An empty group of this kind never holds.' : 'An empty group always holds.'}
        </p>
      )}
    </div>
  );
}

function Part({ root, part, path, ...shared }: PartProps & { root: GroupNode; part: RuleNode }) {
  const { dispatch } = shared;
  if (part.type === 'group') return <Group {...shared} root={root} group={part} path={`${path}.${part.mode}`} />;
  if (part.type === 'test') return <RuleTest {...shared} test={part} path={`${path}.test`} />;
  return (
    <ExpressionEditor
      node={part}
      variables={shared.vocabulary.expression_variables}
      onChange={source => dispatch({ type: 'set-expression', key: part.key, source })}
      onRemove={() => dispatch({ type: 'remove', key: part.key })}
      path={`${path}.expression`}
    />
  );
}

interface AddersProps {
  root: GroupNode;
  group: GroupNode;
  dispatch: (action: RuleAction) => void;
  vocabulary: Vocabulary;
}

function Adders({ root, group, dispatch, vocabulary }: AddersProps) {
  const bare = root.key === group.key && group.parts.length === 0;
  const deepest = depthOf(root, group.key) >= DEPTH_MAX;
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-2.5 py-2">
      <AddTest
        criteria={vocabulary.criteria}
        onAdd={info =>
          dispatch({
            type: 'add-test',
            group: group.key,
            criterion: info.name,
            op: firstOperator(info),
            values: firstValues(info),
          })
        }
      />
      {!bare && (
        <Button
          size="sm"
          variant="ghost"
          disabled={deepest}
          title={deepest ? `Groups can be nested ${DEPTH_MAX} deep` : undefined}
          onClick={() => dispatch({ type: 'add-group', group: group.key, mode: group.mode === 'any' ? 'all' : 'any' })}
        >
          <FolderPlus className="size-3.5" /> Group
        </Button>
      )}
      <Button size="sm" variant="ghost" onClick={() => dispatch({ type: 'add-expression', group: group.key })}>
        <Braces className="size-3.5" /> Expression
      </Button>
      {bare && <span className="text-ink-faint text-xs">Without conditions the stream takes everybody.</span>}
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
