import { Page } from '@/components/page';
import { meant } from '@/features/report/report-address';
import { ReportActions } from '@/features/report/report-actions';
import { ReportView } from '@/features/report/report-view';
import { ReportViews } from '@/features/report/report-views';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/report');

export default function ReportPage() {
  const params = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      title="Report"
      aside={<ReportViews params={params} onOpen={search => void navigate({ search: meant(search) })} />}
      actions={<ReportActions params={params} />}
    >
      <ReportView
        params={params}
        onChange={(patch, push = false) =>
          void navigate({ search: prev => meant({ ...prev, ...patch }), replace: !push })
        }
      />
    </Page>
  );
}
