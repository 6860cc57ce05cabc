import { ProfileView } from '@/features/settings/profile-view';

export default function ProfilePage() {
  return <ProfileView />;
}
