/** What is on a page that needs a role; for everybody else, which role that is and who gives it. */
import { useLacksRole } from '@/api/session';
import { PAGE_ROLES, type GuardedPage } from '@/lib/page-roles';
import { LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { Card } from './ui/card';
import { EmptyState } from './ui/empty-state';

export function RoleGate({ page, children }: { page: GuardedPage; children: ReactNode }) {
  const role = PAGE_ROLES[page];
  const lacks = useLacksRole(role);
  if (!lacks) return children;
  return (
    <Card flush>
      <EmptyState
        icon={<LockKeyhole />}
        title={role === 'admin' ? 'This page is for admins' : 'This page is for editors and admins'}
      >
        {lacks} An admin of the workspace can give you another one.
      </EmptyState>
    </Card>
  );
}
