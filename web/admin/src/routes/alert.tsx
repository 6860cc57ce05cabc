import { alertQuery, alertsQuery } from '@/api/alerts';
import { AlertForm } from '@/features/alerts/alert-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/alerts/$id');

export default function AlertPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const { data } = useSuspenseQuery(alertsQuery);
  const close = () => void navigate({ to: '/alerts', search: prev => prev });
  if (id === 'new') return <AlertForm alert={null} canMail={data.can_mail} onClose={close} />;
  return <Existing key={id} id={id} canMail={data.can_mail} onClose={close} />;
}

function Existing({ id, canMail, onClose }: { id: string; canMail: boolean; onClose: () => void }) {
  const { data } = useSuspenseQuery(alertQuery(id));
  return <AlertForm alert={data} canMail={canMail} onClose={onClose} />;
}
