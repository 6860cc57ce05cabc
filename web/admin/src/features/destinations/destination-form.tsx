import { createDestination, deleteDestination, destinationsQuery, replaceDestination } from '@/api/destinations';
import { vocabularyQuery } from '@/api/instance';
import { networksQuery } from '@/api/networks';
import { useWorkspace } from '@/api/session';
import type { Destination } from '@/api/types';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, SelectField, TagsField, TextareaField, TextField } from '@/components/form/fields';
import { ProblemsContext } from '@/components/form/problems';
import { useApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { Segmented } from '@/components/ui/toggle';
import { Banner } from '@/components/ui/banner';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { DestinationLimits } from './destination-limits';
import { DestinationStatusView } from './destination-status';
import { inputOf, valuesOf, type DestinationValues } from './destination-values';
import { HostedPage } from './hosted-page';
import { PayoutRules } from './payout-rules';

const STATES = [
  { value: 'active', label: 'Active – takes traffic' },
  { value: 'paused', label: 'Paused – no traffic' },
  { value: 'down', label: 'Down – known not to work, no traffic' },
  { value: 'archived', label: 'Archived – hidden, no traffic' },
];

/** Problems that the editors of caps and schedule show by themselves. */
const CLAIMS = {
  field: (path: string) => /^(caps|schedule)\b/.test(path),
  summary: 'Some limits need attention; they are marked below.',
};

const TEXTS = {
  kind: 'destination',
  title: 'Destination',
  purpose: 'Where a visitor can be sent: an offer, a landing page or any URL',
  create: 'Create destination',
  lost: 'Its past clicks and conversions stay in reports.',
};

export function DestinationForm({ destination, onClose }: { destination: Destination | null; onClose: () => void }) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const { data: networks } = useSuspenseQuery(networksQuery);
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const { data: destinations } = useSuspenseQuery(destinationsQuery);
  const form = useApiForm<DestinationValues>({ defaultValues: valuesOf(destination) }, CLAIMS);
  const kind = form.watch('kind');
  const payout = form.watch('payout.type');
  const refresh = () => client.invalidateQueries({ queryKey: ['destinations'] });
  const save = form.submit(async values => {
    const input = inputOf(values, destination?.version);
    const saved = destination ? await replaceDestination(destination.id, input) : await createDestination(input);
    await refresh();
    if (saved.url_warnings.length > 0)
      toast.warning(`Saved “${saved.name}”: check its URL`, saved.url_warnings.join('; '));
    else toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  const insert = (macro: string) => {
    const url = form.getValues('url');
    const joint = url.includes('=') && url.endsWith('=') ? '' : url.includes('?') ? '&sub=' : '?sub=';
    form.setValue('url', url + (url === '' ? '' : joint) + macro, { shouldDirty: true });
  };
  return (
    <EntityForm
      form={form}
      opened={destination && destination.name}
      texts={TEXTS}
      onSave={save}
      onDelete={async () => destination && deleteDestination(destination.id)}
      refresh={refresh}
      onClose={onClose}
    >
      <Segmented
        label="Kind"
        value={kind}
        onChange={next => form.setValue('kind', next, { shouldDirty: true })}
        className="w-fit"
        options={[
          { value: 'offer', label: 'Offer', title: 'Something that pays' },
          { value: 'landing', label: 'Landing', title: 'A page on the way to an offer' },
          { value: 'url', label: 'URL', title: 'Any other address' },
        ]}
      />
      <TextareaField
        form={form}
        name="url"
        label="URL"
        mono
        rows={3}
        placeholder={
          kind === 'landing' ? 'https://page.example.com/?cid={click_id}' : 'https://offer.example.com/?sub={click_id}'
        }
        hint={
          kind === 'offer'
            ? 'Pass {click_id} in the parameter that your network sends back in its postback.'
            : 'Macros such as {click_id} or {country} are replaced for each visitor.'
        }
        aside={<MacroPicker macros={vocabulary.macros} onInsert={insert} />}
      />
      {destination && destination.url_warnings.length > 0 && (
        <Banner tone="warning" title="Check the URL as it is saved">
          {destination.url_warnings.join('; ')}
        </Banner>
      )}
      <TextField
        form={form}
        name="name"
        label="Name"
        hint={destination ? undefined : 'Left empty, the host of the URL.'}
      />
      {kind === 'offer' && (
        <>
          <PickField
            form={form}
            name="network_id"
            label="Affiliate network"
            none="None"
            hint="Who pays and reports conversions. Its offer parameters are appended to the URL."
            options={networks.map(network => ({ value: network.id, label: network.name }))}
          />
          <div className="grid items-start gap-3 sm:grid-cols-3">
            <SelectField
              form={form}
              name="payout.type"
              label="Payout"
              options={[
                { value: 'auto', label: 'Auto – from postback' },
                { value: 'fixed', label: 'Fixed amount' },
              ]}
            />
            {payout === 'fixed' && (
              <TextField
                form={form}
                name="payout.amount"
                label="Amount"
                placeholder="0.00"
                inputMode="decimal"
                required="Enter an amount."
              />
            )}
            <PickField
              form={form}
              name="currency"
              label="Currency"
              none={`${workspace.currency} (workspace)`}
              options={currencyOptions()}
            />
          </div>
          <PayoutRules form={form} />
        </>
      )}
      {kind === 'landing' && <HostedPage form={form} destination={destination} />}
      <SelectField form={form} name="state" label="State" options={STATES} />
      {destination && <DestinationStatusView destination={destination} />}
      <ProblemsContext value={form.problems}>
        <DestinationLimits
          form={form}
          others={destinations.filter(item => item.id !== destination?.id)}
          currency={workspace.currency}
          timezone={workspace.timezone}
        />
      </ProblemsContext>
      <TagsField form={form} name="tags" />
      <TextareaField form={form} name="notes" label="Notes" optional />
    </EntityForm>
  );
}
