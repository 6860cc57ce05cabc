import { userQuery } from '@/api/users';
import { UserForm } from '@/features/settings/user-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/settings/users/$id');

export default function UserPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/settings/users' });
  return id === 'new' ? <UserForm user={null} onClose={close} /> : <Existing key={id} id={id} onClose={close} />;
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(userQuery(id));
  return <UserForm user={data} onClose={onClose} />;
}
