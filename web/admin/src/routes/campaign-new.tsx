import { Page } from '@/components/page';
import { NewCampaign } from '@/features/campaigns/new-campaign';
import { getRouteApi, Link } from '@tanstack/react-router';

const route = getRouteApi('/app/campaigns/new');

export default function NewCampaignPage() {
  const navigate = route.useNavigate();
  return (
    <Page
      title="New campaign"
      description="Say where visitors come from and where they go; the link works at once. Rules, splits and the rest can follow."
      crumb={
        <Link to="/campaigns" className="hover:text-ink">
          Campaigns
        </Link>
      }
      wide={false}
    >
      <NewCampaign onCreated={id => void navigate({ to: '/campaigns/$id', params: { id }, search: { tab: 'link' } })} />
    </Page>
  );
}
