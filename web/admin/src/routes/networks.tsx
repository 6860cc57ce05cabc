import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { NetworksList } from '@/features/networks/networks-list';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/networks');

export default function NetworksPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Affiliate networks"
      description="Who pays for conversions and reports them by postback."
      actions={
        <Link
          to="/networks/$id"
          params={{ id: 'new' }}
          search={prev => prev}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New affiliate network
        </Link>
      }
    >
      <NetworksList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
      <Outlet />
    </Page>
  );
}
