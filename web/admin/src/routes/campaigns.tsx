import { useLacksRole } from '@/api/session';
import { Page } from '@/components/page';
import { buttonClass } from '@/components/ui/button';
import { CampaignsList } from '@/features/campaigns/campaigns-list';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';

const route = getRouteApi('/app/campaigns');

export default function CampaignsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lacksEditor = useLacksRole('editor');
  return (
    <Page
      title="Campaigns"
      actions={
        <Link
          to="/campaigns/new"
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          className={buttonClass('primary')}
        >
          <Plus className="size-3.5" /> New campaign
        </Link>
      }
    >
      <CampaignsList
        search={search}
        onSearch={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
      />
    </Page>
  );
}
