import { campaignsQuery } from '@/api/campaigns';
import { vocabularyQuery } from '@/api/instance';
import { networksQuery } from '@/api/networks';
import { createOutput, deleteOutput, replaceOutput } from '@/api/outputs';
import { useLacksRole } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { Output } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { PickField, SelectField, TextareaField, TextField, WordsField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { CircuitBanner } from './circuit-banner';
import { ConversionApiFields } from './conversion-api-fields';
import { useTarget } from './use-target';
import { UrlFields } from './url-fields';
import { PLATFORMS } from './conversion-api-values';
import { inputOf, valuesOf, type OutputValues } from './output-values';

const TARGETS = [
  { value: 'url', label: 'A URL with macros' },
  ...Object.entries(PLATFORMS).map(([value, { title }]) => ({ value, label: title })),
];

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
  const target = form.watch('target');
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
  useTarget(form);
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
        {output && <CircuitBanner id={output.id} />}
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
        <SelectField form={form} name="target" label="What is told" options={TARGETS} />
        {target === 'url' ? (
          <UrlFields form={form} vocabulary={vocabulary} />
        ) : (
          <ConversionApiFields key={target} form={form} platform={target} vocabulary={vocabulary} />
        )}
        <WordsField
          form={form}
          name="second_statuses"
          label="Second statuses"
          optional
          placeholder="called"
          hint="Words that the network sends as status2, in any case. None: it does not matter."
        />
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
          hint={output ? undefined : 'Left empty, the host of the address.'}
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
