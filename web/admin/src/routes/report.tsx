import { Page } from '@/components/page';
import { ReportView } from '@/features/report/report-view';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/report');

export default function ReportPage() {
  const params = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Report">
      <ReportView
        params={params}
        onChange={(patch, push = false) => void navigate({ search: prev => ({ ...prev, ...patch }), replace: !push })}
      />
    </Page>
  );
}
