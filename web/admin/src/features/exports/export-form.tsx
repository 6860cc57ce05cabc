/** One scheduled export: which saved report, when, in which format, and how many files are kept. */
import { createScheduledExport, deleteScheduledExport, replaceScheduledExport } from '@/api/scheduled';
import { useWorkspace } from '@/api/session';
import type { ScheduledExport } from '@/api/types';
import { reportViewsQuery } from '@/api/views';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, SelectField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { timezones } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ExportFiles } from './export-files';
import { type ExportValues, inputOf, valuesOf, WEEKDAYS } from './export-values';

const FORMATS = [
  { value: 'csv', label: 'CSV' },
  { value: 'jsonl', label: 'JSON lines' },
  { value: 'parquet', label: 'Parquet' },
];
const DAYS = [
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
  { value: 'monthly', label: 'Every month' },
];

const TEXTS = {
  kind: 'scheduled export',
  title: 'Scheduled export',
  purpose: 'Writes a saved report to a file again and again',
  create: 'Create export',
  lost: 'Its files are deleted with it.',
};

export function ExportForm({ schedule, onClose }: { schedule: ScheduledExport | null; onClose: () => void }) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const { data: views } = useSuspenseQuery(reportViewsQuery);
  const form = useApiForm<ExportValues>({ defaultValues: valuesOf(schedule, workspace.timezone) });
  const days = form.watch('days');
  const refresh = () => client.invalidateQueries({ queryKey: ['scheduled-exports'] });
  const save = form.submit(async values => {
    const input = inputOf(values, schedule?.version);
    const saved = schedule ? await replaceScheduledExport(schedule.id, input) : await createScheduledExport(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  return (
    <EntityForm
      form={form}
      opened={schedule && schedule.name}
      texts={TEXTS}
      onSave={save}
      onDelete={async () => schedule && deleteScheduledExport(schedule.id)}
      refresh={refresh}
      onClose={onClose}
    >
      {schedule && <ExportFiles schedule={schedule} dirty={form.formState.isDirty} />}
      {views.length === 0 && (
        <Banner tone="warning" title="There is no saved report yet">
          Put a{' '}
          <Link to="/report" className="underline">
            report
          </Link>{' '}
          together and save it as a view; then it can be chosen here.
        </Banner>
      )}
      <Switch
        label="Active"
        checked={form.watch('active')}
        onChange={on => form.setValue('active', on, { shouldDirty: true })}
      />
      <TextField form={form} name="name" label="Name" required="It needs a name." />
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_9rem]">
        <PickField
          form={form}
          name="view_id"
          label="Saved report"
          hint="Written as it is at that time, with all its rows."
          options={views.map(view => ({ value: view.id, label: view.name }))}
          placeholder="Choose…"
        />
        <SelectField form={form} name="format" label="Format" options={FORMATS} />
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <SelectField form={form} name="days" label="How often" options={DAYS} />
        {days === 'weekly' && <SelectField form={form} name="weekday" label="On" options={WEEKDAYS} />}
        {days === 'monthly' && (
          <TextField
            form={form}
            name="day"
            label="On day"
            inputMode="numeric"
            hint="31 is the last day of shorter months."
          />
        )}
        <TextField form={form} name="time" label="At" placeholder="06:00" required="At what time?" />
        <PickField
          form={form}
          name="timezone"
          label="Timezone"
          options={timezones().map(zone => ({ value: zone, label: zone }))}
        />
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_9rem]">
        <TextField
          form={form}
          name="file_name"
          label="Name of the file"
          mono
          hint="{name}, {date} and {time} are filled in. A file of the same name is replaced."
        />
        <TextField form={form} name="keep" label="Files that are kept" inputMode="numeric" />
      </div>
    </EntityForm>
  );
}
