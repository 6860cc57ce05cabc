import { campaignLinksQuery } from '@/api/campaigns';
import { messageOf } from '@/api/errors';
import type { Campaign, Source } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button, buttonClass, IconButton } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { Loading } from '@/components/ui/spinner';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ExternalLink, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { type ExtraParameter, withParameters } from './link-url';
import { Snippets } from './snippets';

let counter = 0;

interface LinkTabProps {
  campaign: Campaign;
  source: Source | undefined;
  onChanged: (campaign: Campaign) => void;
  dirty: boolean;
}

/** The finished link to paste into the traffic source, for each domain, with parameters of one's own. */
export function LinkTab({ campaign, source, onChanged, dirty }: LinkTabProps) {
  const { data, error } = useQuery(campaignLinksQuery(campaign.id));
  const [host, setHost] = useState('');
  const [extra, setExtra] = useState<ExtraParameter[]>([]);
  if (error) return <Banner tone="error">{messageOf(error)}</Banner>;
  if (!data) return <Loading />;
  const link = data.links.find(item => item.host === host) ?? data.links[0];
  if (!link) return <Banner tone="warning">No domain answers for this campaign.</Banner>;
  const url = withParameters(link.url, extra);
  const set = (key: string, patch: Partial<ExtraParameter>) =>
    setExtra(extra.map(parameter => (parameter.key === key ? { ...parameter, ...patch } : parameter)));
  return (
    <div className="grid max-w-3xl grid-cols-1 gap-5">
      {data.links.length > 1 && (
        <Field label="Domain" className="max-w-xs">
          {control => (
            <Select
              {...control}
              value={link.host}
              onChange={setHost}
              options={data.links.map(item => ({ value: item.host, label: item.host }))}
            />
          )}
        </Field>
      )}
      <section className="grid gap-1.5">
        <h2 className="text-ink-soft text-xs font-medium">
          {source ? `Campaign link for ${source.name}` : 'Campaign link'}
        </h2>
        <CopyField value={url} label="campaign link" multiline />
        <p className="text-ink-faint text-xs">
          {source
            ? 'Paste it into the source as the target URL. The source fills in its own tokens.'
            : 'No traffic source is set, so the link carries no tokens.'}
        </p>
      </section>
      <section className="grid gap-2">
        <h2 className="text-ink-soft text-xs font-medium">Further parameters</h2>
        {extra.map((parameter, index) => (
          <div key={parameter.key} className="grid grid-cols-[1fr_1fr_2rem] items-center gap-2">
            <Input
              mono
              aria-label={`Name of parameter ${index + 1}`}
              placeholder="sub_id_5"
              value={parameter.name}
              onChange={event => set(parameter.key, { name: event.target.value })}
            />
            <Input
              mono
              aria-label={`Value of parameter ${index + 1}`}
              placeholder="banner-a"
              value={parameter.value}
              onChange={event => set(parameter.key, { value: event.target.value })}
            />
            <IconButton
              size="sm"
              label={`Remove parameter ${index + 1}`}
              onClick={() => setExtra(extra.filter(other => other.key !== parameter.key))}
            >
              <X className="size-3.5" />
            </IconButton>
          </div>
        ))}
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            onClick={() => {
              counter += 1;
              setExtra([...extra, { key: `p${counter}`, name: '', value: '' }]);
            }}
          >
            <Plus className="size-3.5" /> Add parameter
          </Button>
        </div>
      </section>
      <section className="border-line grid gap-1.5 border-t pt-4">
        <h2 className="text-ink-soft text-xs font-medium">Without parameters</h2>
        <CopyField value={link.base_url} label="bare link" />
        <div className="flex flex-wrap gap-2 pt-1">
          <a href={link.base_url} target="_blank" rel="noreferrer" className={buttonClass('secondary', 'sm')}>
            <ExternalLink className="size-3.5" aria-hidden="true" /> Open (counts as a click)
          </a>
          <Link
            to="/logs/$kind"
            params={{ kind: 'clicks' }}
            search={{ f: `campaign~equals~${campaign.id}`, live: '1' }}
            className={buttonClass('ghost', 'sm')}
          >
            Watch its clicks
          </Link>
        </div>
      </section>
      <Snippets campaign={campaign} origin={new URL(link.base_url).origin} onChanged={onChanged} dirty={dirty} />
    </div>
  );
}
