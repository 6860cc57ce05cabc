import { useWorkspace } from '@/api/session';
import type { Domain, Source, Vocabulary } from '@/api/types';
import { PickField, SelectField, TagsField, TextareaField, TextField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { FieldSection } from '@/components/ui/field';
import { Checkbox } from '@/components/ui/toggle';
import { currencyOptions } from '@/lib/currencies';
import type { CampaignValues } from './campaign-values';

export const COST_MODELS = [
  { value: 'cpc', label: 'CPC – per click' },
  { value: 'cpm', label: 'CPM – per 1,000 clicks' },
  { value: 'cpa', label: 'CPA – per conversion' },
  { value: 'rev_share', label: 'RevShare – share of revenue' },
  { value: 'none', label: 'Unknown – count no cost' },
];

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Paused – clicks go to trafficback' },
  { value: 'archived', label: 'Archived – hidden, clicks go to trafficback' },
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
          {(model === 'cpc' || model === 'cpm' || model === 'cpa') && (
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
            ]}
          />
          <TextField
            form={form}
            name="uniqueness.ttl_hours"
            label="Unique again after, hours"
            type="number"
            inputMode="numeric"
          />
        </div>
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
