import { UsersList } from '@/features/settings/users-list';
import { Outlet } from '@tanstack/react-router';

export default function UsersPage() {
  return (
    <>
      <UsersList />
      <Outlet />
    </>
  );
}
