/** One correction: which clicks, how much; what it would change stands beside before anything is changed. */
import { createCost } from '@/api/costs';
import { reportMetadataQuery } from '@/api/reports';
import { useLacksRole, useWorkspace } from '@/api/session';
import { useValueOptions } from '@/api/value-options';
import { ConditionList } from '@/components/conditions/condition-editor';
import { conditionSource, dimensionsOf } from '@/components/conditions/condition-source';
import { DateRangePicker } from '@/components/date-range-picker';
import { PickField, SelectField, TextField } from '@/components/form/fields';
import { problemsAt } from '@/components/form/problems';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { toast } from '@/components/ui/toast';
import { Checkbox, Segmented } from '@/components/ui/toggle';
import { type Condition, fieldsOf } from '@/lib/conditions';
import { currencyOptions } from '@/lib/currencies';
import { formatCount } from '@/lib/format';
import { timezones } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { costInput, type CostValues, newCost, requestName } from './cost-values';
import { PreviewPanel } from './preview-panel';
import { useCostPreview } from './use-cost-preview';

/** Known only after the click: no correction can ask for them. */
const LATER = new Set(['event', 'conversion_status']);

const BOTS = [
  { value: 'exclude', label: 'Without bots' },
  { value: 'include', label: 'With bots' },
  { value: 'only', label: 'Only bots' },
];

export function CostForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [name] = useState(requestName);
  const form = useApiForm<CostValues>(
    { defaultValues: newCost(workspace) },
    { field: path => path.startsWith('filters') || path.startsWith('range'), summary: 'Some settings need attention.' },
  );
  const values = form.watch();
  const input = costInput(values, workspace);
  const preview = useCostPreview(input);
  const dimensions = metadata.dimensions.filter(dimension => !LATER.has(dimension.key));
  const options = useValueOptions(dimensionsOf(dimensions, fieldsOf(values.filters)), values.range);
  const { source } = conditionSource(dimensions, options);
  const set = <K extends 'range' | 'filters' | 'spread' | 'mode' | 'only_unique'>(key: K, value: CostValues[K]) =>
    form.setValue(key, value as never, { shouldDirty: true });
  const save = form.submit(async () => {
    const made = await createCost({ ...input, idempotency_key: `${name}:${hashOf(JSON.stringify(input))}` });
    await client.invalidateQueries({ queryKey: ['costs'] });
    void client.invalidateQueries({ queryKey: ['reports', 'query'] });
    toast.success(
      made.state === 'unmatched' ? 'No click matched' : `Corrected the cost of ${formatCount(made.clicks)} clicks`,
      made.state === 'unmatched' ? 'Nothing was changed.' : 'Reports show it now. It can be undone.',
    );
    onClose();
  });
  const clicks = preview.data?.clicks;
  return (
    <SideForm
      title="Correct costs"
      description="Spread over clicks that have come already; later ones are not touched"
      onSubmit={save}
      onClose={onClose}
      saving={form.formState.isSubmitting}
      problem={form.problem}
      dirty={form.formState.isDirty}
      submitLabel={clicks ? `Correct ${formatCount(clicks)} ${clicks === 1 ? 'click' : 'clicks'}` : 'Correct costs'}
      locked={lacksEditor ?? (clicks === 0 ? 'No click matches.' : clicks ? undefined : 'See what it changes first.')}
    >
      <Part title="Which clicks" problems={problemsAt(form.problems, 'range', true)}>
        <div className="flex flex-wrap items-end gap-3">
          <div className="grid gap-1">
            <span className="text-ink-soft text-xs font-medium">Days</span>
            <DateRangePicker value={values.range} onChange={range => set('range', range)} timezone={values.timezone} />
          </div>
          <PickField
            form={form}
            name="timezone"
            label="Timezone of the days"
            className="w-48"
            options={timezones().map(zone => ({ value: zone, label: zone }))}
          />
        </div>
        <ConditionBox
          problems={problemsAt(form.problems, 'filters', true)}
          source={source}
          conditions={values.filters}
          onChange={filters => set('filters', filters)}
        />
        <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
          <SelectField form={form} name="bots" label="Bots" options={BOTS} className="w-40" />
          <Checkbox
            className="mt-5"
            label="Only unique clicks"
            checked={values.only_unique}
            onChange={on => set('only_unique', on)}
          />
        </div>
      </Part>
      <Part title="How much">
        <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_9rem]">
          <TextField
            form={form}
            name="amount"
            label="Amount"
            inputMode="decimal"
            placeholder="125.00"
            required="Say how much."
          />
          <PickField form={form} name="currency" label="Currency" options={currencyOptions()} />
        </div>
        <div className="flex flex-wrap gap-3">
          <Segmented
            label="How the amount is meant"
            value={values.spread}
            onChange={spread => set('spread', spread)}
            options={[
              { value: 'total', label: 'In total', title: 'Spread evenly over the clicks' },
              { value: 'per_click', label: 'Per click', title: 'Each click costs this' },
            ]}
          />
          <Segmented
            label="What becomes of the cost so far"
            value={values.mode}
            onChange={mode => set('mode', mode)}
            options={[
              { value: 'replace', label: 'Replaces the cost', title: 'Afterwards the clicks cost the amount' },
              { value: 'add', label: 'On top of it', title: 'The amount is added to what they cost' },
            ]}
          />
        </div>
      </Part>
      <PreviewPanel preview={preview} ready={input.amount !== ''} currency={workspace.currency} />
      <TextField form={form} name="note" label="Note" optional placeholder="Invoice 2026-05, PopRiver" />
    </SideForm>
  );
}

function Part({ title, problems = [], children }: { title: string; problems?: string[]; children: ReactNode }) {
  return (
    <fieldset className="border-line grid min-w-0 gap-3 rounded-lg border p-3.5">
      <legend className="px-1 text-sm font-semibold">{title}</legend>
      {problems.length > 0 && (
        <p role="alert" className="text-negative text-xs">
          {problems.join(' · ')}
        </p>
      )}
      {children}
    </fieldset>
  );
}

interface ConditionBoxProps {
  problems: string[];
  source: Parameters<typeof ConditionList>[0]['source'];
  conditions: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
}

function ConditionBox({ problems, source, conditions, onChange }: ConditionBoxProps) {
  return (
    <div className="grid gap-2">
      {conditions.length === 0 && (
        <p className="text-ink-faint text-xs">Every click of the range. Narrow it down by campaign, zone, country…</p>
      )}
      <ConditionList source={source} conditions={conditions} onChange={onChange} />
      {problems.length > 0 && (
        <p role="alert" className="text-negative text-xs">
          {problems.join(' · ')}
        </p>
      )}
    </div>
  );
}

/** Tells requests of one form apart: the same one again is the same correction, a changed one is another. */
function hashOf(text: string): string {
  let hash = 0n;
  for (const char of text)
    hash = (hash * 1_099_511_628_211n + BigInt(char.codePointAt(0) ?? 0)) & 0xffff_ffff_ffff_ffffn;
  return hash.toString(16);
}
