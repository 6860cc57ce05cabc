import { createNetwork, deleteNetwork, replaceNetwork } from '@/api/networks';
import { useLacksRole, useWorkspace } from '@/api/session';
import { networkTemplatesQuery } from '@/api/templates';
import type { Network } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { PickField, TextareaField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { TemplatePicker } from '@/components/template-picker';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
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

export function NetworkForm({ network, onClose, onCreated }: NetworkFormProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: templates = [] } = useQuery({ ...networkTemplatesQuery, enabled: !network && !lacksEditor });
  const [deleting, setDeleting] = useState(false);
  const form = useApiForm<NetworkValues>({ defaultValues: valuesOf(network) });
  const save = form.submit(async values => {
    const input = inputOf(values, network?.version);
    const saved = network ? await replaceNetwork(network.id, input) : await createNetwork(input);
    await client.invalidateQueries({ queryKey: ['networks'] });
    toast.success(`Saved “${saved.name}”`, network ? undefined : 'Now paste its postback URL into the network.');
    if (network) onClose();
    else onCreated(saved.id);
  });
  return (
    <>
      <SideForm
        title={network ? network.name : 'New affiliate network'}
        description={network ? 'Affiliate network' : 'Who pays for conversions and reports them by postback'}
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={network ? 'Save' : 'Create network'}
        locked={lacksEditor}
        extra={
          network && (
            <Button variant="danger" disabled={Boolean(lacksEditor)} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Delete…
            </Button>
          )
        }
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
      </SideForm>
      {deleting && network && (
        <DeleteDialog
          kind="network"
          name={network.name}
          typeName
          onDelete={() => deleteNetwork(network.id)}
          onDone={() => {
            void client.invalidateQueries({ queryKey: ['networks'] });
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          Its postback URL stops working: conversions that it still sends are refused. Past conversions stay in reports.
        </DeleteDialog>
      )}
    </>
  );
}
