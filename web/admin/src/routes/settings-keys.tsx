import { RoleGate } from '@/components/role-gate';
import { KeysList } from '@/features/settings/keys-list';

export default function KeysPage() {
  return (
    <RoleGate page="/settings/keys">
      <KeysList />
    </RoleGate>
  );
}
