import { rotateToken } from '@/api/campaigns';
import { messageOf } from '@/api/errors';
import { useLacksRole } from '@/api/session';
import type { Campaign } from '@/api/types';
import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { toast } from '@/components/ui/toast';
import { useMutation } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { clickApiCall, clickThrough, scriptTag } from './link-url';

interface SnippetsProps {
  campaign: Campaign;
  /** Scheme and host of the chosen domain. */
  origin: string;
  onChanged: (campaign: Campaign) => void;
  dirty: boolean;
}

/** Other ways to a decision than the link: the script for sources that forbid redirects, and the call for servers. */
export function Snippets({ campaign, origin, onChanged, dirty }: SnippetsProps) {
  return (
    <>
      {campaign.streams.some(stream => stream.landings.length > 0) && <FromLanding origin={origin} />}
      <section className="border-line grid grid-cols-1 gap-1.5 border-t pt-4">
        <h2 className="text-sm font-semibold">Without a redirect</h2>
        <p className="text-ink-faint text-xs">
          For sources that forbid redirects: put this into the landing page and advertise the page itself, with the
          parameters of the link. The script records the click and puts the click id into{' '}
          <code className="font-mono">{'{click_id}'}</code> of links and forms.
        </p>
        <CopyField value={scriptTag(origin, campaign.slug)} label="tracking script" multiline />
      </section>
      <ClickApi campaign={campaign} origin={origin} onChanged={onChanged} dirty={dirty} />
    </>
  );
}

/** What the buttons of a landing page lead to. */
function FromLanding({ origin }: { origin: string }) {
  const code = (text: string) => <code className="font-mono">{text}</code>;
  return (
    <section className="border-line grid grid-cols-1 gap-1.5 border-t pt-4">
      <h2 className="text-sm font-semibold">From the landing page to the offer (click URL)</h2>
      <p className="text-ink-faint text-xs">
        Let the buttons of a page of your own lead here. The visitor is known by a cookie of this domain; for browsers
        that keep it back, give the landing’s URL {code('?cid={click_id}')} and have the page add it to this one. On an
        uploaded page write {code('{offer}')} instead.
      </p>
      <CopyField value={clickThrough(origin)} label="click URL" multiline />
    </section>
  );
}

function ClickApi({ campaign, origin, onChanged, dirty }: SnippetsProps) {
  const lacksEditor = useLacksRole('editor');
  const [sure, setSure] = useState(false);
  const rotate = useMutation({
    mutationFn: () => rotateToken(campaign.id),
    onSuccess: saved => {
      onChanged(saved);
      setSure(false);
      toast.success('New token', 'The old one does not work any more.');
    },
  });
  return (
    <section className="border-line grid grid-cols-1 gap-1.5 border-t pt-4">
      <h2 className="text-sm font-semibold">Decisions for servers (Click API)</h2>
      <p className="text-ink-faint text-xs">
        A server asks where a visitor goes and answers it by itself: the Click API that Keitaro clients speak. Pass on
        the visitor’s address and user agent.
      </p>
      {campaign.api_token ? (
        <>
          <CopyField value={clickApiCall(origin, campaign.api_token)} label="Click API call" multiline />
          <div className="flex flex-wrap items-center gap-2 pt-1">
            <Button
              size="sm"
              variant={sure ? 'danger' : 'secondary'}
              disabled={Boolean(lacksEditor) || dirty}
              title={lacksEditor ?? (dirty ? 'Save the campaign first' : undefined)}
              loading={rotate.isPending}
              onClick={() => (sure ? rotate.mutate() : setSure(true))}
            >
              <RefreshCw className="size-3.5" aria-hidden="true" />
              {sure ? 'Yes, the old token stops working' : 'New token'}
            </Button>
            {sure && (
              <Button size="sm" variant="ghost" onClick={() => setSure(false)}>
                Keep it
              </Button>
            )}
            {rotate.error && <span className="text-negative text-xs">{messageOf(rotate.error)}</span>}
          </div>
        </>
      ) : (
        <p className="text-ink-faint text-sm">{lacksEditor ?? 'This campaign has no token yet: save it once.'}</p>
      )}
    </section>
  );
}
