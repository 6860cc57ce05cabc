/** How much of visitors' addresses is kept. */
import { useLacksRole } from '@/api/session';
import type { AddressPolicy, Workspace } from '@/api/types';
import { replaceWorkspace } from '@/api/workspaces';
import { CardForm } from '@/components/form/card-form';
import { SelectField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { FieldSection } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { useQueryClient } from '@tanstack/react-query';
import { inputOf, valuesOf } from './workspace-values';

const POLICIES: { value: AddressPolicy; label: string }[] = [
  { value: 'keep', label: 'Whole' },
  { value: 'truncate', label: 'Only their network (IPv4 /24, IPv6 /48)' },
  { value: 'remove', label: 'Not at all' },
];

export function AddressesForm({ workspace }: { workspace: Workspace }) {
  const client = useQueryClient();
  const lacksAdmin = useLacksRole('admin');
  const form = useApiForm<{ addresses: AddressPolicy }>({ defaultValues: { addresses: workspace.addresses } });
  const save = form.submit(async ({ addresses }) => {
    await replaceWorkspace(workspace.id, { ...inputOf(valuesOf(workspace), workspace), addresses });
    await client.invalidateQueries({ queryKey: ['workspaces'] });
    toast.success('Saved', 'It holds for what comes from now on.');
  });
  return (
    <CardForm form={form} save={save} lacks={lacksAdmin}>
      <FieldSection
        title="Addresses of visitors"
        hint="Countries, providers, bots, rules and unique visitors are found by the whole address, and {ip} still carries it to the destination. Then it is cut, before anything is written."
      >
        <SelectField
          form={form}
          name="addresses"
          label="Addresses are kept"
          hint="Of clicks that come from now on. Older ones go with their retention."
          options={POLICIES}
          className="max-w-sm"
        />
      </FieldSection>
    </CardForm>
  );
}
