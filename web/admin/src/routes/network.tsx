import { networkQuery } from '@/api/networks';
import { NetworkForm } from '@/features/networks/network-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/networks/$id');

export default function NetworkPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/networks', search: prev => prev });
  const open = (created: string) =>
    void navigate({ to: '/networks/$id', params: { id: created }, search: prev => prev });
  return id === 'new' ? (
    <NetworkForm network={null} onClose={close} onCreated={open} />
  ) : (
    <Existing key={id} id={id} onClose={close} onCreated={open} />
  );
}

function Existing({ id, onClose, onCreated }: { id: string; onClose: () => void; onCreated: (id: string) => void }) {
  const { data } = useSuspenseQuery(networkQuery(id));
  return <NetworkForm network={data} onClose={onClose} onCreated={onCreated} />;
}
