import { useWorkspace } from '@/api/session';
import { DateRangePicker } from '@/components/date-range-picker';
import { Page } from '@/components/page';
import { Badge } from '@/components/ui/badge';
import { Select } from '@/components/ui/input';
import { DashboardView } from '@/features/dashboard/dashboard-view';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/');

export default function DashboardPage() {
  const params = route.useSearch();
  const navigate = route.useNavigate();
  const workspace = useWorkspace();
  const change = (patch: Partial<typeof params>) =>
    void navigate({ search: prev => ({ ...prev, ...patch }), replace: true });
  return (
    <Page
      title="Dashboard"
      aside={
        <Badge tone="positive" dot title="Figures are asked for every five seconds">
          live
        </Badge>
      }
      actions={
        <>
          <Select
            aria-label="Bots"
            className="w-36"
            value={params.bots}
            onChange={bots => change({ bots })}
            options={[
              { value: 'exclude', label: 'Without bots' },
              { value: 'include', label: 'With bots' },
              { value: 'only', label: 'Only bots' },
            ]}
          />
          <DateRangePicker value={params.range} onChange={range => change({ range })} timezone={workspace.timezone} />
        </>
      }
    >
      <DashboardView params={params} />
    </Page>
  );
}
