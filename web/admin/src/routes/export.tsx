import { scheduledExportQuery } from '@/api/scheduled';
import { ExportForm } from '@/features/exports/export-form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/exports/$id');

export default function ExportPage() {
  const { id } = route.useParams();
  const navigate = route.useNavigate();
  const close = () => void navigate({ to: '/exports', search: prev => prev });
  return id === 'new' ? <ExportForm schedule={null} onClose={close} /> : <Existing key={id} id={id} onClose={close} />;
}

function Existing({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useSuspenseQuery(scheduledExportQuery(id));
  return <ExportForm schedule={data} onClose={onClose} />;
}
