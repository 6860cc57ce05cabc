import { campaignQuery } from '@/api/campaigns';
import { CampaignEditor } from '@/features/campaigns/campaign-editor';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/campaigns/$id');

export default function CampaignPage() {
  const { id } = route.useParams();
  const { tab, click } = route.useSearch();
  const { data } = useSuspenseQuery({ ...campaignQuery(id), refetchOnWindowFocus: false });
  return <CampaignEditor key={id} campaign={data} tab={tab} click={click} />;
}
