/** Who is told: one box for each receiver, with the fields of its kind. */
import { TextField } from '@/components/form/fields';
import type { ApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { WordsInput } from '@/components/ui/words-input';
import { Plus, Trash2 } from 'lucide-react';
import { type AlertValues, type ChannelKind, newChannel } from './alert-values';

const KINDS: { value: ChannelKind; label: string }[] = [
  { value: 'webhook', label: 'Webhook' },
  { value: 'telegram', label: 'Telegram' },
  { value: 'email', label: 'E-mail' },
];

const CHANNELS_MAX = 10;

export function ChannelFields({ form, canMail }: { form: ApiForm<AlertValues>; canMail: boolean }) {
  const channels = form.watch('channels');
  const put = (next: AlertValues['channels']) => form.setValue('channels', next, { shouldDirty: true });
  return (
    <fieldset className="border-line grid min-w-0 gap-3 rounded-lg border p-3.5">
      <legend className="px-1 text-sm font-semibold">Who is told</legend>
      {channels.map((channel, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- receivers have no identity
        <div key={index} className="border-line grid gap-3 border-b pb-3 last-of-type:border-b-0">
          <div className="flex items-end gap-2">
            <Field label={`Receiver ${index + 1}`} className="w-40" error={form.errorAt(`channels[${index}]`)}>
              {control => (
                <Select
                  {...control}
                  options={KINDS}
                  value={channel.type}
                  onChange={type =>
                    put(channels.map((other, at) => (at === index ? newChannel(type as ChannelKind) : other)))
                  }
                />
              )}
            </Field>
            <Button
              variant="ghost"
              aria-label={`Remove receiver ${index + 1}`}
              disabled={channels.length === 1}
              onClick={() => put(channels.filter((_, at) => at !== index))}
            >
              <Trash2 className="size-3.5" />
            </Button>
          </div>
          <OneChannel form={form} index={index} kind={channel.type} canMail={canMail} />
        </div>
      ))}
      {channels.length < CHANNELS_MAX && (
        <div>
          <Button onClick={() => put([...channels, newChannel('webhook')])}>
            <Plus className="size-3.5" /> Add a receiver
          </Button>
        </div>
      )}
    </fieldset>
  );
}

interface OneProps {
  form: ApiForm<AlertValues>;
  index: number;
  kind: ChannelKind;
  canMail: boolean;
}

function OneChannel({ form, index, kind, canMail }: OneProps) {
  const kept = form.watch(`channels.${index}.kept`);
  const to = form.watch(`channels.${index}.to`);
  const secret = kept ? 'One is kept. Left empty, it stays for the same address.' : undefined;
  if (kind === 'webhook') {
    return (
      <>
        <TextField
          form={form}
          name={`channels.${index}.url`}
          label="Address"
          type="url"
          mono
          placeholder="https://hooks.example.com/tracker"
          required="Where to?"
        />
        <TextField
          form={form}
          name={`channels.${index}.authorization`}
          label="Authorization header"
          optional
          type="password"
          autoComplete="off"
          hint={secret}
        />
      </>
    );
  }
  if (kind === 'telegram') {
    return (
      <>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <TextField
            form={form}
            name={`channels.${index}.token`}
            label="Bot token"
            type="password"
            autoComplete="off"
            hint={secret ?? 'From @BotFather.'}
          />
          <TextField
            form={form}
            name={`channels.${index}.chat_id`}
            label="Chat"
            placeholder="-1001234567890"
            required="Which chat?"
          />
        </div>
        <TextField
          form={form}
          name={`channels.${index}.base_url`}
          label="Address of the bot interface"
          optional
          mono
          placeholder="https://api.telegram.org"
        />
      </>
    );
  }
  return (
    <>
      {!canMail && (
        <Banner tone="warning" title="No mail server is named">
          The operator sets api.mail_url and api.mail_from in the configuration.
        </Banner>
      )}
      <Field label="Addresses" error={form.errorAt(`channels.${index}.to`)}>
        {control => (
          <WordsInput
            label="Addresses"
            control={control}
            values={to}
            onChange={next => form.setValue(`channels.${index}.to`, next, { shouldDirty: true })}
            placeholder="Type and press Enter"
          />
        )}
      </Field>
    </>
  );
}
