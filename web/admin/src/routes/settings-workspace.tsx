import { useWorkspace } from '@/api/session';
import { workspaceQuery } from '@/api/workspaces';
import { WorkspaceForm } from '@/features/settings/workspace-form';
import { useSuspenseQuery } from '@tanstack/react-query';

export default function WorkspacePage() {
  const { id } = useWorkspace();
  const { data } = useSuspenseQuery(workspaceQuery(id));
  return <WorkspaceForm key={`${data.id}.${data.version}`} workspace={data} />;
}
