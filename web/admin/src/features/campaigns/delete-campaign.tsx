import { deleteCampaign } from '@/api/campaigns';
import type { Campaign } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';

interface DeleteCampaignProps {
  campaign: Campaign;
  onDone: () => void;
  onClose: () => void;
}

export function DeleteCampaign({ campaign, onDone, onClose }: DeleteCampaignProps) {
  return (
    <DeleteDialog
      kind="campaign"
      name={campaign.name}
      typeName
      onDelete={() => deleteCampaign(campaign.id)}
      onDone={onDone}
      onClose={onClose}
    >
      Visitors of its link are no longer routed: they get the domain’s answer for unknown paths. Past clicks and
      conversions stay in reports. To keep the link but stop the traffic, pause or archive it instead.
    </DeleteDialog>
  );
}
