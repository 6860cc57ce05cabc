import { useLacksRole, useWorkspace } from '@/api/session';
import { workspaceQuery } from '@/api/workspaces';
import { AddressesForm } from '@/features/settings/addresses-form';
import { ClearForm } from '@/features/settings/clear-form';
import { ClearingsList } from '@/features/settings/clearings-list';
import { EraseForm } from '@/features/settings/erase-form';
import { ErasuresList } from '@/features/settings/erasures-list';
import { useSuspenseQuery } from '@tanstack/react-query';

export default function PrivacyPage() {
  const { id } = useWorkspace();
  const { data } = useSuspenseQuery(workspaceQuery(id));
  const lacksAdmin = useLacksRole('admin');
  return (
    <div className="grid gap-6">
      <AddressesForm key={`${data.id}.${data.version}`} workspace={data} />
      {!lacksAdmin && <ClearForm />}
      <ClearingsList />
      {!lacksAdmin && <EraseForm />}
      <ErasuresList />
    </div>
  );
}
