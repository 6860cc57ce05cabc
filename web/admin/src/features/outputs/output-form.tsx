import { campaignsQuery } from '@/api/campaigns';
import { vocabularyQuery } from '@/api/instance';
import { networksQuery } from '@/api/networks';
import { createOutput, deleteOutput, replaceOutput } from '@/api/outputs';
import { useLacksRole } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { ConversionStatus, Output } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { PickField, SelectField, TextareaField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { Checkbox, Switch } from '@/components/ui/toggle';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { inputOf, valuesOf, type OutputValues } from './output-values';

const SCOPES = [
  { value: 'source', label: 'Clicks of a traffic source' },
  { value: 'campaign', label: 'One campaign' },
  { value: 'network', label: 'One affiliate network' },
  { value: 'workspace', label: 'All of the workspace' },
];

export function OutputForm({ output, onClose }: { output: Output | null; onClose: () => void }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const [deleting, setDeleting] = useState(false);
  const form = useApiForm<OutputValues>({ defaultValues: valuesOf(output) });
  const scope = form.watch('scope.type');
  const method = form.watch('method');
  const statuses = form.watch('statuses');
  const targets = useScopeTargets(scope);
  const refresh = () => client.invalidateQueries({ queryKey: ['outputs'] });
  const save = form.submit(async values => {
    if (values.scope.type !== 'workspace' && !values.scope.id) {
      form.setError('scope.id', { message: 'Choose one.' });
      return;
    }
    const input = inputOf(values, output?.version);
    const saved = output ? await replaceOutput(output.id, input) : await createOutput(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  const toggle = (status: ConversionStatus, on: boolean) =>
    form.setValue('statuses', on ? [...statuses, status] : statuses.filter(other => other !== status), {
      shouldDirty: true,
    });
  return (
    <>
      <SideForm
        title={output ? output.name : 'New outgoing postback'}
        description={output ? 'Outgoing postback' : 'Calls a URL for each conversion, with retries until it is taken'}
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={output ? 'Save' : 'Create outgoing postback'}
        locked={lacksEditor}
        extra={
          output && (
            <Button variant="danger" disabled={Boolean(lacksEditor)} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Delete…
            </Button>
          )
        }
      >
        <Switch
          label="Active"
          checked={form.watch('active')}
          onChange={on => form.setValue('active', on, { shouldDirty: true })}
        />
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField form={form} name="scope.type" label="Conversions of" options={SCOPES} />
          {scope !== 'workspace' && (
            <PickField form={form} name="scope.id" label="Which one" options={targets} placeholder="Choose…" />
          )}
        </div>
        <div className="grid grid-cols-[6.5rem_1fr] items-start gap-3">
          <SelectField
            form={form}
            name="method"
            label="Method"
            options={[
              { value: 'GET', label: 'GET' },
              { value: 'POST', label: 'POST' },
            ]}
          />
          <TextareaField
            form={form}
            name="url"
            label="URL"
            mono
            rows={3}
            placeholder="https://source.example.com/postback?cid={external_id}&payout={payout}"
            hint="{external_id} is the source’s own click id."
            aside={
              <MacroPicker
                macros={vocabulary.macros}
                onInsert={macro => form.setValue('url', form.getValues('url') + macro, { shouldDirty: true })}
              />
            }
          />
        </div>
        {method === 'POST' && (
          <TextareaField
            form={form}
            name="body"
            label="Body"
            mono
            rows={5}
            placeholder={'{"click": "{external_id}", "value": {payout}}'}
            hint="Sent as JSON when it starts with { or [, as a form otherwise. Macros are replaced."
          />
        )}
        <fieldset>
          <legend className="text-ink-soft mb-1.5 text-xs font-medium">Statuses</legend>
          <div className="flex flex-wrap gap-x-5 gap-y-2">
            {vocabulary.conversion_statuses.map(status => (
              <Checkbox
                key={status.name}
                label={status.title}
                checked={statuses.includes(status.name as ConversionStatus)}
                onChange={on => toggle(status.name as ConversionStatus, on)}
              />
            ))}
          </div>
          <p className="text-ink-faint mt-1.5 text-xs">
            {statuses.length === 0 ? 'None ticked: all are sent.' : 'Only these are sent.'}
          </p>
        </fieldset>
        <TextField
          form={form}
          name="payout_percent"
          label="Share of the payout that is told, %"
          inputMode="decimal"
          className="max-w-60"
        />
        <TextField
          form={form}
          name="name"
          label="Name"
          hint={output ? undefined : 'Left empty, the host of the URL.'}
        />
        <TextareaField form={form} name="notes" label="Notes" optional />
      </SideForm>
      {deleting && output && (
        <DeleteDialog
          kind="outgoing postback"
          name={output.name}
          onDelete={() => deleteOutput(output.id)}
          onDone={() => {
            void refresh();
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          Deliveries that still wait for a retry are given up.
        </DeleteDialog>
      )}
    </>
  );
}

function useScopeTargets(scope: OutputValues['scope']['type']) {
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const { data: networks } = useSuspenseQuery(networksQuery);
  const list = scope === 'source' ? sources : scope === 'campaign' ? campaigns : networks;
  return list.map(item => ({ value: item.id, label: item.name }));
}
