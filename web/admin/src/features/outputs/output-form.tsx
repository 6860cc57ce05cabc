import { campaignsQuery } from '@/api/campaigns';
import { vocabularyQuery } from '@/api/instance';
import { networksQuery } from '@/api/networks';
import { createOutput, deleteOutput, replaceOutput } from '@/api/outputs';
import { sourcesQuery } from '@/api/sources';
import type { Output } from '@/api/types';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, SelectField, TextareaField, TextField, WordsField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
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

const TEXTS = {
  kind: 'outgoing postback',
  title: 'Outgoing postback',
  purpose: 'Calls a URL for each conversion, with retries until it is taken',
  create: 'Create outgoing postback',
  lost: 'Deliveries that still wait for a retry are given up.',
};

export function OutputForm({ output, onClose }: { output: Output | null; onClose: () => void }) {
  const client = useQueryClient();
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const form = useApiForm<OutputValues>({ defaultValues: valuesOf(output) });
  const scope = form.watch('scope.type');
  const target = form.watch('target');
  const targets = useScopeTargets(scope);
  const refresh = () => client.invalidateQueries({ queryKey: ['outputs'] });
  const save = form.submit(async values => {
    const unscoped = values.scope.type !== 'workspace' && !values.scope.id;
    const unaddressed = values.url.trim() === '';
    if (unscoped) form.setError('scope.id', { message: 'Choose one.' });
    if (unaddressed) form.setError('url', { message: 'Give the address that is called.' });
    if (unscoped || unaddressed) return;
    const input = inputOf(values, output?.version);
    const saved = output ? await replaceOutput(output.id, input) : await createOutput(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  useTarget(form);
  return (
    <EntityForm
      form={form}
      opened={output && output.name}
      texts={TEXTS}
      onSave={save}
      onDelete={async () => output && deleteOutput(output.id)}
      refresh={refresh}
      onClose={onClose}
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
    </EntityForm>
  );
}

function useScopeTargets(scope: OutputValues['scope']['type']) {
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const { data: networks } = useSuspenseQuery(networksQuery);
  const list = scope === 'source' ? sources : scope === 'campaign' ? campaigns : networks;
  return list.map(item => ({ value: item.id, label: item.name }));
}
