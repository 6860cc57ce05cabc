import { KeysList } from '@/features/settings/keys-list';

export default function KeysPage() {
  return <KeysList />;
}
