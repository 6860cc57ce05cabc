import { RoleGate } from '@/components/role-gate';
import { UsersList } from '@/features/settings/users-list';
import { Outlet } from '@tanstack/react-router';

export default function UsersPage() {
  return (
    <RoleGate page="/settings/users">
      <UsersList />
      <Outlet />
    </RoleGate>
  );
}
