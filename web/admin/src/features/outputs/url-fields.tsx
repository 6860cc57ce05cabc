import { useStatuses } from '@/api/statuses';
import type { ConversionStatus, Vocabulary } from '@/api/types';
import { SelectField, TextareaField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { Checkbox } from '@/components/ui/toggle';
import type { OutputValues } from './output-values';

/** A postback of our own making: method, URL with macros, body, statuses. */
export function UrlFields({ form, vocabulary }: { form: ApiForm<OutputValues>; vocabulary: Vocabulary }) {
  const method = form.watch('method');
  const statuses = form.watch('statuses');
  const known = useStatuses();
  const toggle = (status: ConversionStatus, on: boolean) =>
    form.setValue('statuses', on ? [...statuses, status] : statuses.filter(other => other !== status), {
      shouldDirty: true,
    });
  return (
    <>
      <div className="grid grid-cols-[6.5rem_1fr] items-start gap-3">
        <SelectField
          form={form}
          name="method"
          label="Method"
          options={[
            { value: 'GET', label: 'GET' },
            { value: 'POST', label: 'POST' },
          ]}
        />
        <TextareaField
          form={form}
          name="url"
          label="URL"
          mono
          rows={3}
          placeholder="https://source.example.com/postback?cid={external_id}&payout={payout}"
          hint="{external_id} is the source’s own click id."
          aside={
            <MacroPicker
              macros={vocabulary.output_macros}
              onInsert={macro => form.setValue('url', form.getValues('url') + macro, { shouldDirty: true })}
            />
          }
        />
      </div>
      {method === 'POST' && (
        <TextareaField
          form={form}
          name="body"
          label="Body"
          mono
          rows={5}
          placeholder={'{"click": "{external_id}", "value": {payout}}'}
          hint="Sent as JSON when it starts with { or [, as a form otherwise. Macros are replaced."
        />
      )}
      <fieldset>
        <legend className="text-ink-soft mb-1.5 text-xs font-medium">Statuses</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-2">
          {known.map(status => (
            <Checkbox
              key={status.value}
              label={status.label}
              checked={statuses.includes(status.value)}
              onChange={on => toggle(status.value, on)}
            />
          ))}
        </div>
        <p className="text-ink-faint mt-1.5 text-xs">
          {statuses.length === 0 ? 'None ticked: all but events are sent.' : 'Only these are sent.'}
        </p>
      </fieldset>
    </>
  );
}
