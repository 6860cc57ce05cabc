import { SharedReport } from '@/features/shared/shared-report';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/shared/$token');

export default function SharedPage() {
  const { token } = route.useParams();
  const params = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <SharedReport
      token={token}
      params={params}
      onChange={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
    />
  );
}
