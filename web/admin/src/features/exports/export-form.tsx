/** One scheduled export: which saved report, when, in which format, and how many files are kept. */
import { createScheduledExport, deleteScheduledExport, replaceScheduledExport } from '@/api/scheduled';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { ScheduledExport } from '@/api/types';
import { reportViewsQuery } from '@/api/views';
import { DeleteDialog } from '@/components/delete-dialog';
import { PickField, SelectField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { timezones } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
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

export function ExportForm({ schedule, onClose }: { schedule: ScheduledExport | null; onClose: () => void }) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data: views } = useSuspenseQuery(reportViewsQuery);
  const [deleting, setDeleting] = useState(false);
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
    <>
      <SideForm
        title={schedule ? schedule.name : 'New scheduled export'}
        description={schedule ? 'Scheduled export' : 'Writes a saved report to a file again and again'}
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={schedule ? 'Save' : 'Create export'}
        locked={lacksEditor}
        extra={
          schedule && (
            <Button variant="danger" disabled={Boolean(lacksEditor)} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Delete…
            </Button>
          )
        }
      >
        {schedule && <ExportFiles schedule={schedule} dirty={form.formState.isDirty} />}
        {views.length === 0 && (
          <Banner tone="warning" title="There is no saved report yet">
            Put a report together and save it as a view; then it can be chosen here.
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
      </SideForm>
      {deleting && schedule && (
        <DeleteDialog
          kind="scheduled export"
          name={schedule.name}
          onDelete={() => deleteScheduledExport(schedule.id)}
          onDone={() => {
            void refresh();
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          Its files are deleted with it.
        </DeleteDialog>
      )}
    </>
  );
}
