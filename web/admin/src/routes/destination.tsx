import { destinationQuery } from '@/api/destinations';
import { DestinationForm } from '@/features/destinations/destination-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/destinations/$id');

export default function DestinationPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/destinations', search: prev => prev });
  return id === 'new' ? (
    <DestinationForm destination={null} onClose={close} />
  ) : (
    <Existing key={id} id={id} onClose={close} />
  );
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(destinationQuery(id));
  return <DestinationForm destination={data} onClose={onClose} />;
}
