import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { ExportsList } from '@/features/exports/exports-list';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/exports');

export default function ExportsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Scheduled exports"
      description="Saved reports that are written to files by themselves."
      actions={
        <Link
          to="/exports/$id"
          params={{ id: 'new' }}
          search={prev => prev}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New scheduled export
        </Link>
      }
    >
      <ExportsList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
      <Outlet />
    </Page>
  );
}
