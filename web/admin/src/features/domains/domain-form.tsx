import { campaignsQuery } from '@/api/campaigns';
import { createDomain, deleteDomain, replaceDomain } from '@/api/domains';
import type { Domain } from '@/api/types';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, TextareaField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';

interface DomainValues {
  host: string;
  default_campaign_id: string | null;
  not_found_url: string;
  https: boolean;
  robots: boolean;
  notes: string;
}

function valuesOf(domain: Domain | null): DomainValues {
  return {
    host: domain?.host ?? '',
    default_campaign_id: domain?.default_campaign_id ?? null,
    not_found_url: domain?.not_found_url ?? '',
    https: domain?.https ?? true,
    robots: domain?.robots ?? false,
    notes: domain?.notes ?? '',
  };
}

const TEXTS = {
  kind: 'domain',
  title: 'A host name under which campaigns answer',
  purpose: 'A host name under which campaigns answer',
  create: 'Add domain',
  lost: 'Links with this host stop leading to campaigns that are bound to it.',
};

export function DomainForm({ domain, onClose }: { domain: Domain | null; onClose: () => void }) {
  const client = useQueryClient();
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const form = useApiForm<DomainValues>({ defaultValues: valuesOf(domain) });
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['domains'] }),
      client.invalidateQueries({ queryKey: ['campaigns', 'links'] }),
    ]);
  const save = form.submit(async values => {
    const input = {
      ...values,
      host: values.host.trim(),
      not_found_url: values.not_found_url.trim() || null,
      ...(domain ? { version: domain.version } : {}),
    };
    const saved = domain ? await replaceDomain(domain.id, input) : await createDomain(input);
    await refresh();
    toast.success(`Saved “${saved.host}”`);
    onClose();
  });
  return (
    <EntityForm
      form={form}
      opened={domain && domain.host}
      texts={TEXTS}
      typeName
      onSave={save}
      onDelete={async () => domain && deleteDomain(domain.id)}
      refresh={refresh}
      onClose={onClose}
    >
      <TextField
        form={form}
        name="host"
        label="Host name"
        mono
        required="Enter a host name."
        placeholder="go.example.com"
        autoFocus={!domain}
        hint="Only the name: no https://, no port, no path."
      />
      {!domain && (
        <Banner tone="info" title="Point it here first">
          Add a DNS record (A, AAAA or CNAME) for the name that leads to this server, and let your proxy take care of
          https.
        </Banner>
      )}
      <Switch
        label="Links use https"
        checked={form.watch('https')}
        onChange={on => form.setValue('https', on, { shouldDirty: true })}
      />
      <Switch
        label="Search engines may visit its links"
        checked={form.watch('robots')}
        onChange={on => form.setValue('robots', on, { shouldDirty: true })}
      />
      <PickField
        form={form}
        name="default_campaign_id"
        label="Campaign of the bare domain"
        none="None – answers 404"
        hint="Answers https://host/ without a path."
        options={campaigns.map(campaign => ({ value: campaign.id, label: campaign.name, hint: campaign.slug }))}
      />
      <TextField
        form={form}
        name="not_found_url"
        label="URL for unknown paths"
        optional
        mono
        placeholder="https://example.com/"
        hint="Left empty: the instance’s setting, or 404."
      />
      <TextareaField form={form} name="notes" label="Notes" optional />
    </EntityForm>
  );
}
