import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { SourcesList } from '@/features/sources/sources-list';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/sources');

export default function SourcesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Traffic sources"
      description="Where traffic is bought, and what the parameters of its links mean."
      actions={
        <Link
          to="/sources/$id"
          params={{ id: 'new' }}
          search={prev => prev}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New traffic source
        </Link>
      }
    >
      <SourcesList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
      <Outlet />
    </Page>
  );
}
