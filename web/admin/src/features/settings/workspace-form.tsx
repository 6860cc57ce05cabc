import { useLacksRole } from '@/api/session';
import type { Workspace } from '@/api/types';
import { replaceWorkspace } from '@/api/workspaces';
import { PickField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button, IconButton } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Combobox } from '@/components/ui/combobox';
import { FieldSection } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { toast } from '@/components/ui/toast';
import { currencyName, currencyOptions } from '@/lib/currencies';
import { timezones } from '@/lib/time';
import { useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';

interface WorkspaceValues {
  name: string;
  timezone: string | null;
  rates: { currency: string; rate: string }[];
}

export function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const client = useQueryClient();
  const lacksAdmin = useLacksRole('admin');
  const form = useApiForm<WorkspaceValues>({
    defaultValues: { name: workspace.name, timezone: workspace.timezone, rates: workspace.rates },
  });
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'rates' });
  const save = form.submit(async values => {
    const saved = await replaceWorkspace(workspace.id, {
      version: workspace.version,
      name: values.name,
      currency: workspace.currency,
      timezone: values.timezone ?? 'UTC',
      rates: values.rates.map(row => ({ currency: row.currency, rate: row.rate.trim() })),
    });
    await Promise.all([
      client.invalidateQueries({ queryKey: ['workspaces'] }),
      client.invalidateQueries({ queryKey: ['session'] }),
      client.invalidateQueries({ queryKey: ['reports'] }),
    ]);
    form.reset({ name: saved.name, timezone: saved.timezone, rates: saved.rates });
    toast.success('Saved');
  });
  return (
    <form noValidate onSubmit={event => void save(event)} className="grid gap-4">
      <Card className="[&>div]:pt-5">
        {form.problem && (
          <Banner tone="error" title="Not saved" className="mb-4">
            {form.problem}
          </Banner>
        )}
        <FieldSection title="Workspace" hint="Campaigns, reports and users belong to it.">
          <TextField form={form} name="name" label="Name" required="Name the workspace." />
          <div className="grid items-start gap-3 sm:grid-cols-2">
            <div className="grid gap-1">
              <span className="text-ink-soft text-xs font-medium">Currency</span>
              <p className="flex h-8 items-center text-sm">
                {workspace.currency} – {currencyName(workspace.currency)}
              </p>
              <p className="text-ink-faint text-xs">Fixed: all recorded amounts are in it.</p>
            </div>
            <PickField
              form={form}
              name="timezone"
              label="Timezone"
              hint="Of days and hours in reports, and of schedules."
              options={timezones().map(zone => ({ value: zone, label: zone }))}
            />
          </div>
        </FieldSection>
        <FieldSection
          title="Exchange rates"
          hint={`What one unit of another currency is worth in ${workspace.currency}. Used for amounts that come in after the change.`}
        >
          {fields.map((field, index) => (
            <div key={field.id} className="grid max-w-lg grid-cols-[auto_1fr_auto_1fr_2rem] items-center gap-2 text-sm">
              <span className="num">1</span>
              <Controller
                control={form.control}
                name={`rates.${index}.currency`}
                render={({ field: control }) => (
                  <Combobox
                    label={`Currency ${index + 1}`}
                    options={currencyOptions().filter(option => option.value !== workspace.currency)}
                    value={control.value || null}
                    onChange={value => control.onChange(value ?? '')}
                  />
                )}
              />
              <span>=</span>
              <span className="flex items-center gap-1.5">
                <Input
                  aria-label={`Rate ${index + 1}`}
                  inputMode="decimal"
                  placeholder="1.08"
                  className="num"
                  aria-invalid={form.errorAt(`rates.${index}.rate`) ? true : undefined}
                  {...form.register(`rates.${index}.rate`)}
                />
                {workspace.currency}
              </span>
              <IconButton size="sm" label={`Remove rate ${index + 1}`} onClick={() => remove(index)}>
                <Trash2 className="size-3.5" />
              </IconButton>
              {(form.errorAt(`rates.${index}.rate`) ?? form.errorAt(`rates.${index}.currency`)) && (
                <p role="alert" className="text-negative col-span-full text-xs">
                  {form.errorAt(`rates.${index}.rate`) ?? form.errorAt(`rates.${index}.currency`)}
                </p>
              )}
            </div>
          ))}
          <div>
            <Button size="sm" onClick={() => append({ currency: '', rate: '' })}>
              <Plus className="size-3.5" /> Add rate
            </Button>
          </div>
        </FieldSection>
      </Card>
      <div>
        <Button
          type="submit"
          variant="primary"
          loading={form.formState.isSubmitting}
          disabled={!form.formState.isDirty || Boolean(lacksAdmin)}
          title={lacksAdmin}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
