import { domainQuery } from '@/api/domains';
import { DomainForm } from '@/features/domains/domain-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/domains/$id');

export default function DomainPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/domains', search: prev => prev });
  return id === 'new' ? <DomainForm domain={null} onClose={close} /> : <Existing key={id} id={id} onClose={close} />;
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(domainQuery(id));
  return <DomainForm domain={data} onClose={onClose} />;
}
