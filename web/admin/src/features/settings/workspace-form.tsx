import { useLacksRole } from '@/api/session';
import type { Workspace } from '@/api/types';
import { replaceWorkspace } from '@/api/workspaces';
import { CardForm } from '@/components/form/card-form';
import { PickField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { FieldSection } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { currencyName } from '@/lib/currencies';
import { timezones } from '@/lib/time';
import { useQueryClient } from '@tanstack/react-query';
import { ConversionTypes } from './conversion-types';
import { RatesSection } from './rates-section';
import { inputOf, valuesOf, type WorkspaceValues } from './workspace-values';

export function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const client = useQueryClient();
  const lacksAdmin = useLacksRole('admin');
  const form = useApiForm<WorkspaceValues>({ defaultValues: valuesOf(workspace) });
  const save = form.submit(async values => {
    const saved = await replaceWorkspace(workspace.id, inputOf(values, workspace));
    await Promise.all([
      client.invalidateQueries({ queryKey: ['workspaces'] }),
      client.invalidateQueries({ queryKey: ['session'] }),
      client.invalidateQueries({ queryKey: ['reports'] }),
    ]);
    form.reset(valuesOf(saved));
    toast.success('Saved');
  });
  return (
    <CardForm form={form} save={save} lacks={lacksAdmin}>
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
      <RatesSection form={form} workspace={workspace} />
      <ConversionTypes form={form} />
    </CardForm>
  );
}
