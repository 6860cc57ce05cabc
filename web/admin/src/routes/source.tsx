import { sourceQuery } from '@/api/sources';
import { SourceForm } from '@/features/sources/source-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/sources/$id');

export default function SourcePage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/sources', search: prev => prev });
  return id === 'new' ? <SourceForm source={null} onClose={close} /> : <Existing key={id} id={id} onClose={close} />;
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(sourceQuery(id));
  return <SourceForm source={data} onClose={onClose} />;
}
