import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { DomainsList } from '@/features/domains/domains-list';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/domains');

export default function DomainsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Domains"
      description="Host names under which campaigns answer."
      actions={
        <Link
          to="/domains/$id"
          params={{ id: 'new' }}
          search={prev => prev}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New domain
        </Link>
      }
    >
      <DomainsList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
      <Outlet />
    </Page>
  );
}
