import { outputQuery } from '@/api/outputs';
import { OutputForm } from '@/features/outputs/output-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/outputs/$id');

export default function OutputPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/outputs', search: prev => prev });
  return id === 'new' ? <OutputForm output={null} onClose={close} /> : <Existing key={id} id={id} onClose={close} />;
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(outputQuery(id));
  return <OutputForm output={data} onClose={onClose} />;
}
