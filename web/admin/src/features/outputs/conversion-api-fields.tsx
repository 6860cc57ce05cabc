import { useStatuses } from '@/api/statuses';
import type { Platform, Vocabulary } from '@/api/types';
import { SelectField, TextField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { PLATFORMS } from './conversion-api-values';
import type { OutputValues } from './output-values';

interface ConversionApiFieldsProps {
  form: ApiForm<OutputValues>;
  platform: Platform;
  vocabulary: Vocabulary;
}

/** What a platform's conversion API needs. The server never shows a credential again. */
export function ConversionApiFields({ form, platform, vocabulary }: ConversionApiFieldsProps) {
  const info = PLATFORMS[platform];
  const statuses = useStatuses();
  const google = platform === 'google';
  const held = form.watch('conversion_api.held');
  const roles = vocabulary.parameter_roles.filter(role => /^(external_id|sub_id_\d+)$/.test(role.name));
  return (
    <>
      <Banner tone="warning" title="Not tested against the live service">
        Built from the platform’s public documentation. Watch the first deliveries in the log
        {google ? '.' : ', and try a test code first.'}
      </Banner>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField form={form} name="conversion_api.account" label={info.account} mono hint={info.accountHint} />
        <SelectField
          form={form}
          name="conversion_api.click_id"
          label={`${info.clickId} comes in`}
          options={roles.map(role => ({ value: role.name, label: role.title }))}
          hint="As the traffic source maps it. Clicks without it are not told."
        />
      </div>
      <fieldset className="grid items-start gap-3 sm:grid-cols-2">
        <legend className="text-ink-faint mb-2 text-xs">
          Credentials are sealed and never shown again.{held.length > 0 && ' Left empty, they stay as they are.'}
        </legend>
        {info.credentials.map(([name, label]) => (
          <TextField
            key={name}
            form={form}
            name={`conversion_api.credentials.${name}`}
            label={label}
            type="password"
            mono
            autoComplete="new-password"
            placeholder={held.includes(name) ? '•••••••• (kept)' : ''}
          />
        ))}
      </fieldset>
      <fieldset className="grid gap-2">
        <legend className="text-ink-soft mb-1 text-xs font-medium">
          {google ? 'Conversion actions' : 'Events'} by status
        </legend>
        <p className="text-ink-faint -mt-1 text-xs">A status that is left empty is not told.</p>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          {statuses
            .filter(status => status.value !== 'event')
            .map(status => (
              <TextField
                key={status.value}
                form={form}
                name={`conversion_api.events.${status.value}`}
                label={status.label}
                mono
                placeholder={status.value === 'sale' ? info.event : ''}
              />
            ))}
        </div>
        {form.errorAt('conversion_api.events') && (
          <p role="alert" className="text-negative text-xs">
            {form.errorAt('conversion_api.events')}
          </p>
        )}
      </fieldset>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {google ? (
          <TextField
            form={form}
            name="conversion_api.manager_account"
            label="Manager account"
            mono
            optional
            hint="When the customer is managed by another account."
          />
        ) : (
          <TextField
            form={form}
            name="conversion_api.test_code"
            label="Test event code"
            mono
            optional
            hint="Events are then a test. Empty it when it works."
          />
        )}
        <TextField
          form={form}
          name="url"
          label="Address of the API"
          mono
          hint="With its version; usually left as it is."
        />
      </div>
    </>
  );
}
