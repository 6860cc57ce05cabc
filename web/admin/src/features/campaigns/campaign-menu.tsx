import { useLacksRole } from '@/api/session';
import type { Campaign } from '@/api/types';
import { IconButton } from '@/components/ui/button';
import { Menu } from '@/components/ui/menu';
import { useNavigate } from '@tanstack/react-router';
import { Archive, Copy, Ellipsis, MousePointerClick, Pause, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { DeleteCampaign } from './delete-campaign';
import { useCampaignActions } from './use-campaign-actions';

export function CampaignMenu({ campaign, onChanged }: { campaign: Campaign; onChanged: (campaign: Campaign) => void }) {
  const navigate = useNavigate();
  const actions = useCampaignActions();
  const lacksEditor = useLacksRole('editor');
  const [deleting, setDeleting] = useState(false);
  const setState = async (state: Campaign['state']) => {
    const saved = await actions.setState(campaign, state);
    if (saved) onChanged(saved);
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More actions" variant="secondary">
            <Ellipsis className="size-4" />
          </IconButton>
        }
        items={[
          campaign.state === 'active'
            ? { label: 'Pause', icon: <Pause />, disabled: lacksEditor, onSelect: () => void setState('paused') }
            : { label: 'Activate', icon: <Play />, disabled: lacksEditor, onSelect: () => void setState('active') },
          { label: 'Clone', icon: <Copy />, disabled: lacksEditor, onSelect: () => void actions.clone(campaign) },
          {
            label: 'Show clicks',
            icon: <MousePointerClick />,
            onSelect: () =>
              void navigate({
                to: '/logs/$kind',
                params: { kind: 'clicks' },
                search: { f: `campaign~equals~${campaign.id}` },
              }),
          },
          'separator',
          {
            label: 'Archive',
            icon: <Archive />,
            disabled: lacksEditor ?? (campaign.state === 'archived' ? 'It is archived already.' : undefined),
            onSelect: () => void setState('archived'),
          },
          {
            label: 'Delete…',
            icon: <Trash2 />,
            danger: true,
            disabled: lacksEditor,
            onSelect: () => setDeleting(true),
          },
        ]}
      />
      {deleting && (
        <DeleteCampaign
          campaign={campaign}
          onClose={() => setDeleting(false)}
          onDone={() => {
            void actions.refresh();
            void navigate({ to: '/campaigns', ignoreBlocker: true });
          }}
        />
      )}
    </>
  );
}
