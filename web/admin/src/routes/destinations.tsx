import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { DestinationsList } from '@/features/destinations/destinations-list';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/destinations');

export default function DestinationsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Destinations"
      description="Offers, landing pages and URLs that campaigns send visitors to."
      actions={
        <Link
          to="/destinations/$id"
          params={{ id: 'new' }}
          search={prev => prev}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New destination
        </Link>
      }
    >
      <DestinationsList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
      <Outlet />
    </Page>
  );
}
