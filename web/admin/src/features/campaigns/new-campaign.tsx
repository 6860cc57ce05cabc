import { createCampaign } from '@/api/campaigns';
import { createDestination, destinationsQuery } from '@/api/destinations';
import { networksQuery } from '@/api/networks';
import { useLacksRole, useWorkspace } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { Destination } from '@/api/types';
import { PickField, SelectField, TextareaField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button, buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { toast } from '@/components/ui/toast';
import { Segmented } from '@/components/ui/toggle';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { costOf } from './campaign-values';
import { COST_MODELS } from './settings-tab';
import { suggestName } from './suggest-name';

interface NewValues {
  name: string;
  source_id: string | null;
  destination_id: string | null;
  /** Of a destination that is made along with the campaign. */
  url: string;
  network_id: string | null;
  cost: { model: 'none' | 'cpc' | 'cpm' | 'cpa' | 'cpl' | 'rev_share'; amount: string; percent: string };
}

/** From nothing to a working link in one form: everything else has a sensible default. */
export function NewCampaign({ onCreated }: { onCreated: (id: string) => void }) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data: sources } = useSuspenseQuery(sourcesQuery);
  const { data: networks } = useSuspenseQuery(networksQuery);
  const { data: destinations } = useSuspenseQuery(destinationsQuery);
  const usable = destinations.filter(item => item.kind !== 'landing' && item.state === 'active');
  const [mode, setMode] = useState<'existing' | 'url'>(usable.length > 0 ? 'existing' : 'url');
  const form = useApiForm<NewValues>({
    defaultValues: {
      name: '',
      source_id: null,
      destination_id: null,
      url: '',
      network_id: null,
      cost: { model: 'cpc', amount: '0', percent: '' },
    },
  });
  const values = form.watch();
  const suggestion = suggestName(
    sources.find(item => item.id === values.source_id)?.name,
    mode === 'url' ? values.url : usable.find(item => item.id === values.destination_id)?.name,
  );
  const save = form.submit(async input => {
    const target =
      mode === 'url' ? await makeDestination(input) : destinations.find(item => item.id === input.destination_id);
    if (!target) {
      form.setError('destination_id', { message: 'Choose where visitors go, or give a new URL.' });
      return;
    }
    const name = input.name.trim() || suggestion;
    const source = sources.find(item => item.id === input.source_id);
    const campaign = await createCampaign({
      ...(name ? { name } : {}),
      source_id: input.source_id,
      cost: costOf(input.cost),
      cost_from_parameter: source?.parameters.some(parameter => parameter.role === 'cost') ?? false,
      streams: [{ name: 'Everybody', kind: 'regular', routes: [{ destination_id: target.id }] }],
    });
    await client.invalidateQueries({ queryKey: ['campaigns'] });
    const warnings = target.url_warnings.join('; ');
    if (warnings) toast.warning(`Created “${campaign.name}”: check the URL of ${target.name}`, warnings);
    else toast.success(`Created “${campaign.name}”`, 'Its link works from now on.');
    onCreated(campaign.id);
  });
  const makeDestination = async (input: NewValues): Promise<Destination> => {
    const made = await createDestination({ url: input.url.trim(), kind: 'offer', network_id: input.network_id });
    await client.invalidateQueries({ queryKey: ['destinations'] });
    // A second try after another error must not make it twice.
    form.setValue('destination_id', made.id);
    setMode('existing');
    return made;
  };
  return (
    <form noValidate onSubmit={event => void save(event)}>
      <Card className="max-w-2xl">
        <div className="grid gap-5 pt-1">
          {form.problem && (
            <Banner tone="error" title="Not created">
              {form.problem}
            </Banner>
          )}
          <PickField
            form={form}
            name="source_id"
            label="Traffic source"
            none="None – a plain link"
            hint="Puts the source’s tokens into the link, so that its click ids, costs and sub ids arrive."
            options={sources.map(item => ({ value: item.id, label: item.name }))}
            aside={
              <Link to="/sources/$id" params={{ id: 'new' }} className="text-accent-text text-xs hover:underline">
                New source
              </Link>
            }
          />
          <div className="grid gap-2.5">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <span className="text-ink-soft text-xs font-medium">Where visitors go</span>
              <Segmented
                label="Where visitors go"
                size="sm"
                value={mode}
                onChange={setMode}
                options={[
                  { value: 'existing', label: 'Existing destination' },
                  { value: 'url', label: 'New URL' },
                ]}
              />
            </div>
            {mode === 'existing' ? (
              <PickField
                form={form}
                name="destination_id"
                label="Destination"
                placeholder="Choose a destination…"
                options={usable.map(item => ({
                  value: item.id,
                  label: item.name,
                  hint: item.kind,
                  keywords: item.url,
                }))}
              />
            ) : (
              <>
                <TextareaField
                  form={form}
                  name="url"
                  label="Offer URL"
                  mono
                  rows={2}
                  placeholder="https://offer.example.com/?sub={click_id}"
                  hint="Pass {click_id} in the parameter that the network sends back in its postback."
                />
                <PickField
                  form={form}
                  name="network_id"
                  label="Affiliate network"
                  optional
                  none="None"
                  options={networks.map(item => ({ value: item.id, label: item.name }))}
                />
              </>
            )}
          </div>
          <div className="grid items-start gap-3 sm:grid-cols-2">
            <SelectField form={form} name="cost.model" label="Cost model" options={COST_MODELS} />
            {values.cost.model === 'rev_share' && (
              <TextField form={form} name="cost.percent" label="Share, %" inputMode="decimal" placeholder="12.5" />
            )}
            {values.cost.model !== 'none' && values.cost.model !== 'rev_share' && (
              <TextField form={form} name="cost.amount" label={`Amount, ${workspace.currency}`} inputMode="decimal" />
            )}
          </div>
          <TextField
            form={form}
            name="name"
            label="Name"
            optional
            placeholder={suggestion || 'Source – destination'}
            hint={suggestion ? `Left empty: “${suggestion}”.` : 'Left empty, it is made of source and destination.'}
          />
        </div>
      </Card>
      <div className="mt-4 flex gap-2">
        <Button
          type="submit"
          variant="primary"
          loading={form.formState.isSubmitting}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
        >
          Create campaign
        </Button>
        <Link to="/campaigns" className={buttonClass('ghost')}>
          Cancel
        </Link>
      </div>
    </form>
  );
}
