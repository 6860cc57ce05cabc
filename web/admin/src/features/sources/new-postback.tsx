import type { Vocabulary } from '@/api/types';
import { TextareaField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { MacroPicker } from '@/components/macro-hint';
import { Switch } from '@/components/ui/toggle';
import { ownParts, type SourceValues } from './source-values';

interface NewPostbackProps {
  form: ApiForm<SourceValues>;
  macros: Vocabulary['output_macros'];
}

/** The outgoing postback that is made together with a new source. */
export function NewPostback({ form, macros }: NewPostbackProps) {
  const { told, url } = form.watch('postback');
  const own = ownParts(url);
  return (
    <fieldset className="border-line grid gap-2.5 rounded-lg border p-3">
      <legend className="sr-only">Outgoing postback</legend>
      <Switch
        label="Tell the source about conversions"
        checked={told}
        onChange={on => form.setValue('postback.told', on, { shouldDirty: true })}
      />
      {told ? (
        <TextareaField
          form={form}
          name="postback.url"
          label="Its postback URL"
          mono
          rows={3}
          placeholder="https://source.example.com/postback?cid={external_id}&payout={payout}"
          hint={
            own.length > 0
              ? `Replace ${own.join(' and ')} by what your account shows.`
              : 'Made as an outgoing postback for every status; change it there.'
          }
          aside={
            <MacroPicker
              macros={macros}
              onInsert={macro =>
                form.setValue('postback.url', form.getValues('postback.url') + macro, { shouldDirty: true })
              }
            />
          }
        />
      ) : (
        own.length > 0 && (
          <p className="text-ink-faint text-xs">
            Its address is known but for {own.join(' and ')}: switch it on when you have looked that up in your account.
          </p>
        )
      )}
    </fieldset>
  );
}
