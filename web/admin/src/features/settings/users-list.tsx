import { useSession, useWorkspace } from '@/api/session';
import { usersQuery } from '@/api/users';
import type { Role, User } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { ErrorView } from '@/components/error-view';
import { NameCell, StateDot } from '@/components/name-cell';
import { Badge } from '@/components/ui/badge';
import { buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Loading } from '@/components/ui/spinner';
import { formatDate } from '@/lib/time';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { Plus } from 'lucide-react';

export const ROLE_OPTIONS: { value: Role; label: string }[] = [
  { value: 'viewer', label: 'Viewer – reads everything' },
  { value: 'editor', label: 'Editor – also changes campaigns and the like' },
  { value: 'admin', label: 'Admin – also manages users, keys and the workspace' },
];

export function UsersList() {
  const navigate = useNavigate();
  const { timezone } = useWorkspace();
  const { user: me } = useSession();
  const { data, error, refetch } = useQuery(usersQuery);
  const columns: ColumnDef<User>[] = [
    {
      id: 'name',
      header: 'User',
      cell: ({ row: { original } }) => (
        <NameCell
          name={original.name || original.email}
          note={original.name ? original.email : undefined}
          icon={<StateDot state={original.state} />}
          muted={original.state === 'disabled'}
        />
      ),
    },
    {
      id: 'role',
      header: 'Role',
      cell: ({ row: { original } }) => (
        <span className="flex gap-1">
          <Badge tone={original.role === 'admin' ? 'accent' : 'neutral'}>{original.role}</Badge>
          {original.id === me?.id && <Badge>you</Badge>}
        </span>
      ),
    },
    { id: 'since', header: 'Since', cell: ({ row }) => formatDate(row.original.created_at, timezone) },
  ];
  return (
    <Card
      flush
      className="overflow-hidden"
      title="Users"
      hint="Who may log in to this workspace"
      actions={
        <Link to="/settings/users/$id" params={{ id: 'new' }} className={buttonClass('primary')}>
          <Plus className="size-3.5" /> Add user
        </Link>
      }
    >
      {error && <ErrorView error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <DataTable
          label="Users"
          columns={columns}
          rows={data}
          rowId={row => row.id}
          onOpen={row => void navigate({ to: '/settings/users/$id', params: { id: row.id } })}
        />
      )}
    </Card>
  );
}
