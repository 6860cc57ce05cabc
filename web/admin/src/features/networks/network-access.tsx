import type { ApiForm } from '@/components/form/use-api-form';
import { Field } from '@/components/ui/field';
import { Switch } from '@/components/ui/toggle';
import { WordsInput } from '@/components/ui/words-input';
import { Controller } from 'react-hook-form';
import type { NetworkValues } from './network-values';

/** Whose postbacks count: those from its addresses, and perhaps those without its key. */
export function NetworkAccess({ form }: { form: ApiForm<NetworkValues> }) {
  const count = form.watch('allowed_ips').length;
  const errors = Array.from({ length: count }, (_, index) => form.errorAt(`allowed_ips.${index}`));
  return (
    <fieldset className="grid gap-3">
      <legend className="text-ink-soft mb-1 text-xs font-medium">Who may report conversions</legend>
      <Field
        label="Addresses"
        optional
        hint="Where its postbacks come from: addresses or networks such as 192.0.2.0/24. Others are answered 403. Empty: anywhere."
        error={form.errorAt('allowed_ips') ?? errors.find(Boolean)}
      >
        {control => (
          <Controller
            control={form.control}
            name="allowed_ips"
            render={({ field }) => (
              <WordsInput
                label="Addresses"
                control={control}
                values={field.value}
                onChange={field.onChange}
                placeholder="192.0.2.7, 198.51.100.0/24"
              />
            )}
          />
        )}
      </Field>
      <Controller
        control={form.control}
        name="keyless"
        render={({ field }) => (
          <div>
            <Switch label="Postbacks without its key count" checked={field.value} onChange={field.onChange} />
            <p className="text-ink-faint mt-1 text-xs">
              For pixels in a page and for addresses of other trackers. Whoever knows a click id can then report
              conversions of it.
            </p>
          </div>
        )}
      />
    </fieldset>
  );
}
