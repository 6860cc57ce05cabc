import { createNetwork, deleteNetwork, replaceNetwork } from '@/api/networks';
import { useLacksRole, useWorkspace } from '@/api/session';
import { networkTemplatesQuery } from '@/api/templates';
import type { Network } from '@/api/types';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, TextareaField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { TemplatePicker } from '@/components/template-picker';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { NetworkAccess } from './network-access';
import { inputOf, templateValues, valuesOf, type NetworkValues } from './network-values';
import { PostbackPanel } from './postback-panel';
import { StatusTable } from './status-table';

interface NetworkFormProps {
  network: Network | null;
  onClose: () => void;
  /** After the first save: the new network's page, where its postback URL waits. */
  onCreated: (id: string) => void;
}

const TEXTS = {
  kind: 'affiliate network',
  title: 'Affiliate network',
  purpose: 'Who pays for conversions and reports them by postback',
  create: 'Create network',
  lost: 'Its postback URL stops working: conversions that it still sends are refused. Past conversions stay in reports.',
};

export function NetworkForm({ network, onClose, onCreated }: NetworkFormProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: templates = [] } = useQuery({ ...networkTemplatesQuery, enabled: !network && !lacksEditor });
  const form = useApiForm<NetworkValues>({ defaultValues: valuesOf(network) });
  const refresh = () => client.invalidateQueries({ queryKey: ['networks'] });
  const save = form.submit(async values => {
    const input = inputOf(values, network?.version);
    const saved = network ? await replaceNetwork(network.id, input) : await createNetwork(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`, network ? undefined : 'Now paste its postback URL into the network.');
    if (network) onClose();
    else onCreated(saved.id);
  });
  return (
    <EntityForm
      form={form}
      opened={network && network.name}
      texts={TEXTS}
      typeName
      onSave={save}
      onDelete={async () => network && deleteNetwork(network.id)}
      refresh={refresh}
      onClose={onClose}
    >
      {network && <PostbackPanel network={network} locked={lacksEditor} />}
      {!network && templates.length > 0 && (
        <TemplatePicker
          label="affiliate networks"
          templates={templates}
          onPick={template => {
            for (const [name, value] of templateValues(template)) form.setValue(name, value, { shouldDirty: true });
            form.clearErrors();
          }}
        />
      )}
      <TextField form={form} name="name" label="Name" required="Name the network." autoFocus={!network} />
      <fieldset className="grid items-start gap-3 sm:grid-cols-2">
        <legend className="text-ink-faint mb-2 text-xs">
          The network’s own macros. They are put into the postback URL, and the network fills them in.
        </legend>
        <TextField form={form} name="click_id_token" label="Click id macro" mono placeholder="{aff_sub}" />
        <TextField form={form} name="payout_token" label="Payout macro" mono optional placeholder="{payout}" />
        <TextField form={form} name="status_token" label="Status macro" mono optional placeholder="{status}" />
        <TextField
          form={form}
          name="transaction_token"
          label="Transaction id macro"
          mono
          optional
          placeholder="{transaction_id}"
        />
      </fieldset>
      <TextField
        form={form}
        name="offer_parameters"
        label="Offer parameters"
        optional
        mono
        placeholder="aff_sub={click_id}"
        hint="Appended to the URL of each of its offers, so that the click id reaches the network."
      />
      <PickField
        form={form}
        name="currency"
        label="Currency of its payouts"
        none={`${workspace.currency} (workspace)`}
        options={currencyOptions()}
      />
      <StatusTable form={form} />
      <NetworkAccess form={form} />
      <TextareaField form={form} name="notes" label="Notes" optional />
    </EntityForm>
  );
}
