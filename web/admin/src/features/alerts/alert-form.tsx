/** One alert: which figure, over which window, beyond which bound, and who is told. */
import { createAlert, deleteAlert, replaceAlert } from '@/api/alerts';
import { reportMetadataQuery } from '@/api/reports';
import type { Alert } from '@/api/types';
import { useValueOptions } from '@/api/value-options';
import { ConditionList } from '@/components/conditions/condition-editor';
import { conditionSource, dimensionsOf } from '@/components/conditions/condition-source';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, SelectField, TextField } from '@/components/form/fields';
import { problemsAt } from '@/components/form/problems';
import { type ApiForm, useApiForm } from '@/components/form/use-api-form';
import { toast } from '@/components/ui/toast';
import { Checkbox, Switch } from '@/components/ui/toggle';
import { fieldsOf } from '@/lib/conditions';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { AlertHistory } from './alert-history';
import { type AlertValues, COMPARISONS, COOLDOWNS, inputOf, valuesOf, WINDOWS, withLength } from './alert-values';
import { ChannelFields } from './channel-fields';

const SUBJECTS = [
  { value: 'value', label: 'The figure' },
  { value: 'change', label: 'Its change, %' },
];
const BASES = [
  { value: 'conversion', label: 'When they happened' },
  { value: 'click', label: 'At their click' },
];
const BOTS = [
  { value: 'exclude', label: 'Without bots' },
  { value: 'include', label: 'With bots' },
  { value: 'only', label: 'Only bots' },
];
const COMPARED = Object.entries(COMPARISONS).map(([value, label]) => ({ value, label }));

interface Props {
  alert: Alert | null;
  canMail: boolean;
  onClose: () => void;
}

const TEXTS = {
  kind: 'alert',
  title: 'Alert',
  purpose: 'Watches a figure and tells when it goes beyond a bound',
  create: 'Create alert',
  lost: 'Its history of messages goes with it.',
};

export function AlertForm({ alert, canMail, onClose }: Props) {
  const client = useQueryClient();
  const form = useApiForm<AlertValues>(
    { defaultValues: valuesOf(alert) },
    { field: path => path.startsWith('filters'), summary: 'Some filters need attention.' },
  );
  const refresh = () => client.invalidateQueries({ queryKey: ['alerts'] });
  const save = form.submit(async values => {
    const input = inputOf(values, alert?.version);
    const saved = alert ? await replaceAlert(alert.id, input) : await createAlert(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  return (
    <EntityForm
      form={form}
      opened={alert && alert.name}
      texts={TEXTS}
      onSave={save}
      onDelete={async () => alert && deleteAlert(alert.id)}
      refresh={refresh}
      onClose={onClose}
    >
      {alert && <AlertHistory alert={alert} dirty={form.formState.isDirty} />}
      <Switch
        label="Active"
        checked={form.watch('active')}
        onChange={on => form.setValue('active', on, { shouldDirty: true })}
      />
      <TextField form={form} name="name" label="Name" required="It needs a name." />
      <WatchedFields form={form} />
      <ChannelFields form={form} canMail={canMail} />
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <SelectField
          form={form}
          name="cooldown_minutes"
          label="At most one message in"
          options={withLength(COOLDOWNS, form.watch('cooldown_minutes'))}
        />
        <Checkbox
          className="sm:mt-6"
          label="Tell as well when it is back"
          checked={form.watch('tells_resolved')}
          onChange={on => form.setValue('tells_resolved', on, { shouldDirty: true })}
        />
      </div>
    </EntityForm>
  );
}

/** Which figure, of which clicks, against which bound. */
function WatchedFields({ form }: { form: ApiForm<AlertValues> }) {
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const filters = form.watch('filters');
  const subject = form.watch('subject');
  const options = useValueOptions(dimensionsOf(metadata.dimensions, fieldsOf(filters)), 'last_7_days');
  const { source } = conditionSource(metadata.dimensions, options);
  const problems = problemsAt(form.problems, 'filters', true);
  return (
    <fieldset className="border-line grid min-w-0 gap-3 rounded-lg border p-3.5">
      <legend className="px-1 text-sm font-semibold">What is watched</legend>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <PickField
          form={form}
          name="metric"
          label="Figure"
          options={metadata.metrics.map(metric => ({ value: metric.key, label: metric.title }))}
        />
        <SelectField
          form={form}
          name="window_minutes"
          label="Of the last"
          options={withLength(WINDOWS, form.watch('window_minutes'))}
        />
        <SelectField form={form} name="subject" label="Compared is" options={SUBJECTS} />
        <div className="grid grid-cols-2 gap-3">
          <SelectField form={form} name="comparison" label="Tell when it" options={COMPARED} />
          <TextField
            form={form}
            name="threshold"
            label={subject === 'change' ? 'Bound, %' : 'Bound'}
            inputMode="decimal"
            required="Say how much."
          />
        </div>
        <SelectField form={form} name="basis" label="Conversions count" options={BASES} />
        <SelectField form={form} name="bots" label="Bots" options={BOTS} />
      </div>
      <p className="text-ink-faint text-xs">
        {subject === 'change'
          ? 'Compared with the window right before, per cent of the figure then: −30 means that it fell by 30 %.'
          : 'A figure that does not exist, such as a rate of no clicks, never fires.'}
      </p>
      {filters.length === 0 && (
        <p className="text-ink-faint text-xs">
          Everything in the workspace. Narrow it down by campaign, zone, country…
        </p>
      )}
      <ConditionList
        source={source}
        conditions={filters}
        onChange={next => form.setValue('filters', next as never, { shouldDirty: true })}
      />
      {problems.length > 0 && (
        <p role="alert" className="text-negative text-xs">
          {problems.join(' · ')}
        </p>
      )}
    </fieldset>
  );
}
