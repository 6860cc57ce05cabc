import { SystemView } from '@/features/settings/system-view';

export default function SystemPage() {
  return <SystemView />;
}
