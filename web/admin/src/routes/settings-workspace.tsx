import { rateFetchQuery } from '@/api/rate-fetch';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { Workspace } from '@/api/types';
import { workspaceQuery } from '@/api/workspaces';
import { RateFetchForm } from '@/features/settings/rate-fetch-form';
import { WorkspaceForm } from '@/features/settings/workspace-form';
import { useSuspenseQuery } from '@tanstack/react-query';

export default function WorkspacePage() {
  const { id } = useWorkspace();
  const { data } = useSuspenseQuery(workspaceQuery(id));
  const lacksAdmin = useLacksRole('admin');
  return (
    <div className="grid gap-8">
      <WorkspaceForm key={`${data.id}.${data.version}`} workspace={data} />
      {/* Addresses of services that sell rates hold a key, so nobody else sees them. */}
      {!lacksAdmin && <FetchedRates workspace={data} />}
    </div>
  );
}

function FetchedRates({ workspace }: { workspace: Workspace }) {
  const { data } = useSuspenseQuery(rateFetchQuery);
  return <RateFetchForm key={data.version} opened={data} workspace={workspace} />;
}
