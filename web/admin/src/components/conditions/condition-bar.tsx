/** The filters of a report or a log above its table: a chip for each, and a dialog for groups of them. */
import { type Condition, conditionWords, isGroup, type Words } from '@/lib/conditions';
import { Filter as FilterIcon, ListTree, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../ui/button';
import { Modal } from '../ui/modal';
import { OptionList } from '../ui/option-list';
import { Popover } from '../ui/popover';
import { ConditionList, fieldOptions, type ConditionSource } from './condition-editor';
import { FilterChip } from './filter-chip';

interface ConditionBarProps {
  source: ConditionSource;
  conditions: readonly Condition[];
  words: Words;
  onChange: (conditions: Condition[]) => void;
  /** Called with the fields whose values are wanted, while the dialog is open. */
  onDraft?: (conditions: readonly Condition[]) => void;
}

export function ConditionBar({ source, conditions, words, onChange, onDraft }: ConditionBarProps) {
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  const [builder, setBuilder] = useState(false);
  /** A field was picked: its chip opens and keeps the focus. */
  const picked = useRef(false);
  const put = (index: number, next: Condition | null) =>
    onChange(conditions.flatMap((condition, at) => (at === index ? (next ?? []) : condition)));
  const add = (key: string) => {
    const op = source.fields.find(field => field.key === key)?.operators[0] ?? 'equals';
    onChange([...conditions, { field: key, op, values: [] }]);
    picked.current = true;
    setAdding(false);
    setEditing(conditions.length);
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1.5" role="group" aria-label="Filters">
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
          options={fieldOptions(source.fields)}
          selected={[]}
          onPick={add}
          footer={
            <Button
              variant="ghost"
              size="sm"
              className="w-full justify-start"
              onClick={() => {
                picked.current = true;
                setAdding(false);
                setBuilder(true);
              }}
            >
              <ListTree className="size-3.5" aria-hidden="true" /> Groups: any, all, none of…
            </Button>
          }
        />
      </Popover>
      {conditions.map((condition, index) =>
        isGroup(condition) ? (
          // oxlint-disable-next-line react/no-array-index-key -- conditions have no identity
          <span
            key={index}
            className="bg-accent-soft text-accent-text flex h-8 max-w-full min-w-0 items-center rounded-md text-sm"
          >
            <button
              type="button"
              title={conditionWords(condition, words)}
              className="h-full max-w-104 min-w-0 truncate rounded-md pl-2.5"
              onClick={() => setBuilder(true)}
            >
              <span className="mr-1 font-semibold">( )</span>
              {conditionWords(condition, words)}
            </button>
            <button
              type="button"
              aria-label={`Remove group ${index + 1}`}
              onClick={() => put(index, null)}
              className="mx-0.5 grid size-6 shrink-0 place-items-center rounded"
            >
              <X className="size-3.5" aria-hidden="true" />
            </button>
          </span>
        ) : (
          <FilterChip
            // oxlint-disable-next-line react/no-array-index-key -- conditions have no identity
            key={index}
            filter={condition}
            field={source.fields.find(field => field.key === condition.field)}
            open={editing === index}
            onOpenChange={open => setEditing(open ? index : null)}
            onChange={next => put(index, next)}
            onRemove={() => put(index, null)}
            options={source.options[condition.field] ?? []}
          />
        ),
      )}
      {conditions.length > 1 && (
        <Button variant="ghost" size="sm" onClick={() => onChange([])}>
          Clear
        </Button>
      )}
      {builder && (
        <Builder
          source={source}
          conditions={conditions}
          words={words}
          onDraft={onDraft}
          onClose={() => setBuilder(false)}
          onApply={next => {
            onChange(next);
            setBuilder(false);
          }}
        />
      )}
    </div>
  );
}

interface BuilderProps {
  source: ConditionSource;
  conditions: readonly Condition[];
  words: Words;
  onDraft: ((conditions: readonly Condition[]) => void) | undefined;
  onApply: (conditions: Condition[]) => void;
  onClose: () => void;
}

/** The whole filter at once; nothing is asked of the server until it is applied. */
function Builder({ source, conditions, words, onDraft, onApply, onClose }: BuilderProps) {
  const [draft, setDraft] = useState<Condition[]>([...conditions]);
  const change = (next: Condition[]) => {
    setDraft(next);
    onDraft?.(next);
  };
  const text = draft.map(condition => conditionWords(condition, words)).join(' · and · ');
  return (
    <Modal
      title="Filters"
      description="All of these must hold; a group joins its own conditions by all, any or none."
      width="lg"
      onClose={onClose}
      footer={
        <>
          {draft.length > 0 && (
            <Button variant="ghost" className="mr-auto" onClick={() => change([])}>
              Remove all
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" onClick={() => onApply(draft)}>
            Apply filters
          </Button>
        </>
      }
    >
      <div className="grid min-h-40 content-start gap-3">
        <ConditionList source={source} conditions={draft} onChange={change} />
        {text !== '' && (
          <p className="text-ink-faint border-line border-t pt-2.5 text-xs" aria-live="polite">
            {text}
          </p>
        )}
      </div>
    </Modal>
  );
}
