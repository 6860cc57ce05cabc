import type { Source, Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { IconButton } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { Input, Select } from '@/components/ui/input';
import { argumentOf, criterionInfo, firstOperator, firstValues, operatorTitle, shapeOf } from '@/lib/rule-words';
import { timezones } from '@/lib/time';
import { X } from 'lucide-react';
import type { RuleAction, TestNode } from './rule-tree';
import { RuleValues } from './rule-values';

export interface PartProps {
  dispatch: (action: RuleAction) => void;
  vocabulary: Vocabulary;
  sources: readonly Source[];
  timezone: string;
  path: string;
}

/** One comparison: what is looked at, how, and with what. */
export function RuleTest({ test, dispatch, vocabulary, sources, timezone, path }: PartProps & { test: TestNode }) {
  const info = criterionInfo(vocabulary, test.criterion);
  const argument = argumentOf(info, test.criterion);
  const shape = shapeOf(vocabulary, test.op);
  const set = (patch: Partial<Omit<TestNode, 'type' | 'key'>>) => dispatch({ type: 'set-test', key: test.key, patch });
  const isTime = test.criterion === 'time_of_day' || test.criterion === 'weekday' || test.criterion === 'date';
  const operators = info?.operators ?? [test.op];
  const chooseCriterion = (name: string | null) => {
    const next = vocabulary.criteria.find(criterion => criterion.name === name);
    if (next) set({ criterion: next.name, op: firstOperator(next), values: firstValues(next), timezone: null });
  };
  return (
    <div className="bg-surface border-line grid grid-cols-1 gap-1.5 rounded-md border p-2">
      <div className="grid grid-cols-[minmax(0,1fr)_2rem] items-start gap-1.5 md:grid-cols-[12rem_10.5rem_minmax(0,1fr)_2rem]">
        <div className="flex min-w-0 gap-1.5">
          <Combobox
            label="Condition on"
            options={vocabulary.criteria.map(item => ({
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
              aria-label={info?.argument ?? 'Argument'}
              placeholder={info?.argument ?? undefined}
              value={argument}
              className="w-24 shrink-0"
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
          options={operators.map(op => ({ value: op, label: operatorTitle(vocabulary, op) }))}
          onChange={op => set({ op, ...(shapeOf(vocabulary, op) === shape ? {} : { values: [] }) })}
        />
        <div className="col-span-2 min-w-0 md:col-span-1">
          {shape !== 'none' && (
            <RuleValues test={test} info={info} shape={shape} sources={sources} onChange={values => set({ values })} />
          )}
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
