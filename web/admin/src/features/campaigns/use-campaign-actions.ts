import { cloneCampaign, replaceCampaign } from '@/api/campaigns';
import { messageOf } from '@/api/errors';
import type { Campaign } from '@/api/types';
import { toast } from '@/components/ui/toast';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { inputOf, valuesOf } from './campaign-values';

/** What can be done with a campaign from the list and from its page. */
export function useCampaignActions() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => client.invalidateQueries({ queryKey: ['campaigns'] });
  return {
    refresh,
    setState: async (campaign: Campaign, state: Campaign['state']): Promise<Campaign | null> => {
      try {
        const saved = await replaceCampaign(campaign.id, { ...inputOf(valuesOf(campaign), campaign.version), state });
        await refresh();
        toast.success(`“${saved.name}” is ${state}`);
        return saved;
      } catch (error) {
        toast.error('Not changed', messageOf(error));
        return null;
      }
    },
    clone: async (campaign: Campaign) => {
      try {
        const copy = await cloneCampaign(campaign.id);
        await refresh();
        toast.success(`Copied as “${copy.name}”`);
        await navigate({ to: '/campaigns/$id', params: { id: copy.id }, search: { tab: 'settings' } });
      } catch (error) {
        toast.error('Not copied', messageOf(error));
      }
    },
  };
}
