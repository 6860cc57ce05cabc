import { campaignQuery, campaignsQuery, replaceCampaign } from '@/api/campaigns';
import { destinationsQuery } from '@/api/destinations';
import { domainsQuery } from '@/api/domains';
import { vocabularyQuery } from '@/api/instance';
import { useLacksRole, useWorkspace } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { Campaign } from '@/api/types';
import { ProblemsContext } from '@/components/form/problems';
import { useApiForm } from '@/components/form/use-api-form';
import { Page } from '@/components/page';
import { Badge } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { Button, buttonClass } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { UnsavedGuard } from '@/components/unsaved-guard';
import { cn } from '@/lib/cn';
import type { CampaignParams } from '@/lib/params';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { CampaignMenu } from './campaign-menu';
import { type CampaignValues, inputOf, valuesOf } from './campaign-values';
import { LinkTab } from './link-tab';
import { SettingsTab } from './settings-tab';
import { SimulatorTab } from './simulator/simulator-tab';
import { StreamsTab } from './streams/streams-tab';

const TABS = [
  ['streams', 'Streams'],
  ['settings', 'Settings'],
  ['link', 'Link'],
  ['simulator', 'Simulator'],
] as const;

const STATE_TONES = { active: 'positive', paused: 'warning', archived: 'neutral' } as const;

const CLAIMS = {
  field: (path: string) => /^(streams|caps)\[|^sticky_streams_hours$|^uniqueness\.key\b/.test(path),
  summary: 'Some settings need attention; they are marked below.',
};

interface CampaignEditorProps {
  campaign: Campaign;
  tab: CampaignParams['tab'];
  /** A click of the log that the simulator repeats; empty: none. */
  click: string;
}

export function CampaignEditor({ campaign, tab, click }: CampaignEditorProps) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const { data: destinations } = useSuspenseQuery(destinationsQuery);
  const { data: domains } = useSuspenseQuery(domainsQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery());
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const form = useApiForm<CampaignValues>({ defaultValues: valuesOf(campaign) }, CLAIMS);
  const dirty = form.formState.isDirty;
  const adopt = (saved: Campaign) => {
    client.setQueryData(campaignQuery(saved.id).queryKey, saved);
    void client.invalidateQueries({ queryKey: ['campaigns', 'list'] });
    void client.invalidateQueries({ queryKey: ['campaigns', 'links', saved.id] });
    form.reset(valuesOf(saved));
  };
  const save = form.submit(async values => {
    adopt(await replaceCampaign(campaign.id, inputOf(values, campaign.version)));
    toast.success('Saved', 'Visitors are routed by it within a second.');
  });
  const count = form.watch('streams').length;
  return (
    <Page
      title={campaign.name}
      crumb={
        <Link to="/campaigns" className="hover:text-ink">
          Campaigns
        </Link>
      }
      aside={
        <Badge tone={STATE_TONES[campaign.state]} dot>
          {campaign.state}
        </Badge>
      }
      actions={
        <>
          <Link
            to="/report"
            search={{ by: 'destination,country', f: `campaign~equals~${campaign.id}` }}
            className={buttonClass('secondary')}
          >
            <ChartColumn className="size-3.5" /> Report
          </Link>
          <CampaignMenu campaign={campaign} onChanged={adopt} />
          <Button
            variant="primary"
            disabled={!dirty || Boolean(lacksEditor)}
            title={lacksEditor ?? (dirty ? undefined : 'Nothing was changed')}
            loading={form.formState.isSubmitting}
            onClick={() => void save()}
          >
            Save
          </Button>
        </>
      }
    >
      <UnsavedGuard dirty={dirty} />
      {form.problem && (
        <Banner tone="error" title="Not saved">
          {form.problem}
        </Banner>
      )}
      <div className="bg-surface border-line shadow-card rounded-lg border">
        <nav
          aria-label="Parts of the campaign"
          className="border-line scroll-thin flex gap-1 overflow-x-auto border-b px-3"
        >
          {TABS.map(([name, label]) => (
            <Link
              key={name}
              to="/campaigns/$id"
              params={{ id: campaign.id }}
              search={{ tab: name }}
              replace
              aria-current={tab === name ? 'page' : undefined}
              className={cn(
                '-mb-px flex h-10 items-center gap-1.5 border-b-2 px-2.5 text-sm font-medium whitespace-nowrap transition-colors',
                tab === name ? 'border-accent text-ink' : 'text-ink-faint hover:text-ink border-transparent',
              )}
            >
              {label}
              {name === 'streams' && <span className="num text-ink-faint text-xs">{count}</span>}
            </Link>
          ))}
        </nav>
        <div className="p-4 sm:p-5">
          <ProblemsContext value={form.problems}>
            {tab === 'streams' && (
              <StreamsTab
                streams={form.watch('streams')}
                onChange={streams => form.setValue('streams', streams, { shouldDirty: true })}
                selection={form.watch('stream_selection')}
                onSelection={selection => form.setValue('stream_selection', selection, { shouldDirty: true })}
                stickyHours={form.watch('sticky_streams_hours')}
                onStickyHours={hours => form.setValue('sticky_streams_hours', hours, { shouldDirty: true })}
                context={{
                  campaignId: campaign.id,
                  destinations,
                  campaigns,
                  sources,
                  vocabulary,
                  currency: workspace.currency,
                  timezone: workspace.timezone,
                }}
              />
            )}
            {tab === 'settings' && (
              <SettingsTab form={form} sources={sources} domains={domains} vocabulary={vocabulary} />
            )}
            {tab === 'link' && (
              <LinkTab
                campaign={campaign}
                source={sources.find(item => item.id === campaign.source_id)}
                onChanged={adopt}
                dirty={dirty}
              />
            )}
            {tab === 'simulator' && (
              <SimulatorTab
                key={click}
                campaign={campaign}
                click={click}
                dirty={dirty}
                vocabulary={vocabulary}
                destinations={destinations}
                timezone={workspace.timezone}
              />
            )}
          </ProblemsContext>
        </div>
      </div>
    </Page>
  );
}
