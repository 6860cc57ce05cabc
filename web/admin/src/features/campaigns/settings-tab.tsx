import { useWorkspace } from '@/api/session';
import type { Domain, Source, Vocabulary } from '@/api/types';
import { PickField, SelectField, TagsField, TextareaField, TextField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { CapsEditor } from '@/components/form/caps-editor';
import { Problems } from '@/components/form/problems';
import { FieldSection } from '@/components/ui/field';
import { Checkbox } from '@/components/ui/toggle';
import { currencyOptions } from '@/lib/currencies';
import type { CampaignValues } from './campaign-values';

export const COST_MODELS = [
  { value: 'cpc', label: 'CPC – per click' },
  { value: 'cpm', label: 'CPM – per 1,000 clicks' },
  { value: 'cpa', label: 'CPA – per conversion' },
  { value: 'cpl', label: 'CPL – per lead, also once it is a sale' },
  { value: 'rev_share', label: 'RevShare – share of revenue' },
  { value: 'none', label: 'Unknown – count no cost' },
];

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused – clicks go to trafficback' },
  { value: 'archived', label: 'Archived – hidden, clicks go to trafficback' },
];

const UNIQUENESS_HINTS: Record<CampaignValues['uniqueness']['key'], string> = {
  ip_user_agent: 'Needs no cookie.',
  ip: 'Everybody behind one address is one visitor.',
  cookie: 'A first-party cookie is set; until then address and browser count.',
  parameter: 'Clicks without it count by address and browser.',
};

const BOTS = [
  { value: 'route', label: 'routed like everybody, and flagged' },
  { value: 'url', label: 'sent to an address of their own, and flagged' },
  { value: 'not_found', label: 'answered with 404, and flagged' },
  { value: 'ignore', label: 'routed like everybody, not kept, only counted' },
];

const EXTRA_PATHS = [
  { value: 'refuse', label: 'is an unknown link' },
  { value: 'ignore', label: 'is ignored' },
  { value: 'append', label: 'is added to the path of the target' },
];

interface SettingsTabProps {
  form: ApiForm<CampaignValues>;
  sources: readonly Source[];
  domains: readonly Domain[];
  vocabulary: Vocabulary;
}

export function SettingsTab({ form, sources, domains, vocabulary }: SettingsTabProps) {
  const workspace = useWorkspace();
  const model = form.watch('cost.model');
  const source = sources.find(item => item.id === form.watch('source_id'));
  const costParameter = source?.parameters.find(parameter => parameter.role === 'cost')?.parameter;
  return (
    <div>
      <FieldSection title="General">
        <TextField form={form} name="name" label="Name" required="Name the campaign." />
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <PickField
            form={form}
            name="source_id"
            label="Traffic source"
            none="None"
            options={sources.map(item => ({ value: item.id, label: item.name }))}
          />
          <SelectField form={form} name="state" label="State" options={STATES} />
        </div>
      </FieldSection>
      <FieldSection title="Address" hint="Changing it breaks links that are already out.">
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <PickField
            form={form}
            name="domain_id"
            label="Domain"
            none="Every domain"
            options={domains.map(item => ({ value: item.id, label: item.host }))}
          />
          <TextField
            form={form}
            name="slug"
            label="Slug"
            mono
            required="Enter a slug."
            hint="Letters, digits, - _ and ."
          />
        </div>
      </FieldSection>
      <FieldSection title="Cost" hint="What this traffic costs you.">
        <div className="grid items-start gap-3 sm:grid-cols-3">
          <SelectField form={form} name="cost.model" label="Cost model" options={COST_MODELS} />
          {model !== 'none' && model !== 'rev_share' && (
            <TextField form={form} name="cost.amount" label="Amount" inputMode="decimal" placeholder="0.00" />
          )}
          {model === 'rev_share' && (
            <TextField form={form} name="cost.percent" label="Share, %" inputMode="decimal" placeholder="12.5" />
          )}
          <PickField
            form={form}
            name="currency"
            label="Currency"
            none={`${workspace.currency} (workspace)`}
            options={currencyOptions()}
          />
        </div>
        <Checkbox
          label={
            costParameter ? (
              <>
                Take the cost of each click from the parameter{' '}
                <code className="font-mono text-xs">{costParameter}</code>
              </>
            ) : (
              'Take the cost of each click from the source’s cost parameter'
            )
          }
          checked={form.watch('cost_from_parameter')}
          onChange={on => form.setValue('cost_from_parameter', on, { shouldDirty: true })}
        />
        {form.watch('cost_from_parameter') && !costParameter && (
          <p className="text-warning text-xs">
            The traffic source maps no cost parameter yet; the model above is used.
          </p>
        )}
      </FieldSection>
      <FieldSection title="Uniqueness" hint="When a visitor counts as new.">
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField
            form={form}
            name="uniqueness.key"
            label="Same visitor when"
            options={[
              { value: 'ip_user_agent', label: 'Address and browser are the same' },
              { value: 'ip', label: 'Address is the same' },
              { value: 'cookie', label: 'Cookie is the same' },
              { value: 'parameter', label: 'A query parameter is the same' },
            ]}
            hint={UNIQUENESS_HINTS[form.watch('uniqueness.key')]}
          />
          <TextField
            form={form}
            name="uniqueness.ttl_hours"
            label="Unique again after, hours"
            type="number"
            inputMode="numeric"
          />
        </div>
        {form.watch('uniqueness.key') === 'parameter' && (
          <>
            <TextField
              form={form}
              name="uniqueness.parameter"
              label="Parameter"
              mono
              className="sm:max-w-xs"
              placeholder="uid"
              required="Name the parameter."
            />
            <Problems path="uniqueness.key" deep />
          </>
        )}
      </FieldSection>
      <FieldSection title="Conversions" hint="How long after its click a conversion still counts.">
        <TextField
          form={form}
          name="lookback_days"
          label="Lookback, days"
          optional
          type="number"
          inputMode="numeric"
          className="sm:max-w-xs"
          hint="Left empty: as long as the click is kept. Later ones are refused in the postback log; what counts already may still change."
        />
      </FieldSection>
      <FieldSection title="Caps" hint="When one is reached, clicks go to trafficback.">
        <CapsEditor
          caps={form.watch('caps')}
          onChange={caps => form.setValue('caps', caps, { shouldDirty: true })}
          of="the campaign"
          currency={workspace.currency}
          timezone={workspace.timezone}
          path="caps"
        />
      </FieldSection>
      <FieldSection
        title="Bots"
        hint="What becomes of visits that are held to be a machine’s. They are never dropped silently."
      >
        <SelectField form={form} name="bots.type" label="Machines are" options={BOTS} className="sm:max-w-md" />
        {form.watch('bots.type') === 'url' && (
          <TextField
            form={form}
            name="bots.url"
            label="URL"
            mono
            placeholder="https://example.com/"
            required="Enter a URL."
          />
        )}
      </FieldSection>
      <FieldSection title="Passing on" hint="What of the visitor’s link reaches the target.">
        <Checkbox
          label="Forward query parameters: they replace those of the same name in the target, others are added"
          checked={form.watch('forward_query')}
          onChange={on => form.setValue('forward_query', on, { shouldDirty: true })}
        />
        <SelectField
          form={form}
          name="extra_path"
          label="More path behind the slug"
          options={EXTRA_PATHS}
          className="sm:max-w-md"
        />
      </FieldSection>
      <FieldSection title="Trafficback" hint="Where clicks go that no stream takes.">
        <TextField
          form={form}
          name="trafficback_url"
          label="URL"
          optional
          mono
          placeholder="https://example.com/?sub={click_id}"
          hint="Left empty: the domain’s, then the instance’s, then 404."
          aside={
            <MacroPicker
              macros={vocabulary.macros}
              onInsert={macro =>
                form.setValue('trafficback_url', form.getValues('trafficback_url') + macro, { shouldDirty: true })
              }
            />
          }
        />
      </FieldSection>
      <FieldSection title="Labels">
        <TagsField form={form} name="tags" />
        <TextareaField form={form} name="notes" label="Notes" optional />
      </FieldSection>
    </div>
  );
}
