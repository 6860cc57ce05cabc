/** Exchange rates that are fetched once a day, and what became of it. */
import { messageOf } from '@/api/errors';
import { rateFetchQuery, replaceRateFetch, runRateFetch } from '@/api/rate-fetch';
import type { RateFetch, Workspace } from '@/api/types';
import { CardForm } from '@/components/form/card-form';
import { SelectField, TextField } from '@/components/form/fields';
import { useApiForm, type ApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { MultiCombobox } from '@/components/ui/combobox';
import { Field, FieldSection } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { formatDateTime } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Controller } from 'react-hook-form';
import { inputOf, SOURCES, valuesOf, type RateFetchValues } from './rate-fetch-values';

export function RateFetchForm({ opened, workspace }: { opened: RateFetch; workspace: Workspace }) {
  const client = useQueryClient();
  const form = useApiForm<RateFetchValues>({ defaultValues: valuesOf(opened) });
  const source = form.watch('source');
  const save = form.submit(async values => {
    await replaceRateFetch(inputOf(values, opened));
    await client.invalidateQueries({ queryKey: ['rate-fetch'] });
    toast.success('Saved', values.source === 'off' ? undefined : 'Rates are fetched within seconds.');
  });
  return (
    <CardForm form={form} save={save} button="Save fetching">
      <FieldSection
        title="Fetched exchange rates"
        hint="Once a day, added to the history above. A rate that somebody gave for the same day stays; one that differs by more than half from the one before is not taken."
      >
        <div className="grid max-w-xl items-start gap-3 sm:grid-cols-2">
          <SelectField form={form} name="source" label="From" options={SOURCES} />
          {source !== 'off' && (
            <TextField
              form={form}
              name="time"
              label="Each day from"
              placeholder="17:00"
              required="At what time?"
              hint={`In ${workspace.timezone}.${source === 'ecb' ? ' The bank publishes at about 16:00 in Frankfurt, on working days.' : ''}`}
            />
          )}
        </div>
        {source !== 'off' && <Currencies form={form} workspace={workspace} />}
        {source === 'ecb' && (
          <TextField
            form={form}
            name="feed.mirror"
            label="Address of a mirror"
            optional
            mono
            hint="Of eurofxref-daily.xml; without one the bank itself is asked."
          />
        )}
        {source === 'json' && <Document form={form} />}
        {opened.active && <Outcome workspace={workspace} dirty={form.formState.isDirty} />}
      </FieldSection>
    </CardForm>
  );
}

function Currencies({ form, workspace }: { form: ApiForm<RateFetchValues>; workspace: Workspace }) {
  return (
    <Field
      label="Currencies"
      hint="Whose rates are kept: those that your networks pay in."
      error={form.errorAt('currencies')}
    >
      {control => (
        <Controller
          control={form.control}
          name="currencies"
          render={({ field }) => (
            <MultiCombobox
              label="Currencies"
              control={control}
              values={field.value}
              onChange={field.onChange}
              options={currencyOptions().filter(option => option.value !== workspace.currency)}
            />
          )}
        />
      )}
    </Field>
  );
}

function Document({ form }: { form: ApiForm<RateFetchValues> }) {
  return (
    <>
      <TextField
        form={form}
        name="feed.url"
        label="Address"
        mono
        required="Where is the document?"
        hint="Kept sealed, because such addresses often hold a key. Private addresses are refused unless the operator allows them."
      />
      <div className="grid max-w-xl items-start gap-3 sm:grid-cols-2">
        <TextField
          form={form}
          name="feed.base"
          label="Base"
          mono
          hint="A currency such as USD, or a JSON pointer to one such as /base."
        />
        <TextField
          form={form}
          name="feed.rates"
          label="Rates"
          mono
          hint="JSON pointer to the object that says what one unit of the base is worth in each currency."
        />
      </div>
    </>
  );
}

function Outcome({ workspace, dirty }: { workspace: Workspace; dirty: boolean }) {
  const client = useQueryClient();
  const { outcome } = useSuspenseQuery(rateFetchQuery).data;
  const [busy, setBusy] = useState(false);
  const at = (time: string) => formatDateTime(time, workspace.timezone);
  const run = async () => {
    setBusy(true);
    try {
      client.setQueryData(rateFetchQuery.queryKey, await runRateFetch());
    } catch (error) {
      toast.error('Not fetched', messageOf(error));
    }
    setBusy(false);
  };
  return (
    <div className="grid gap-2 text-sm">
      {outcome.failures > 0 && (
        <Banner tone="error" title={`Fetching failed ${outcome.failures === 1 ? 'once' : `${outcome.failures} times`}`}>
          {outcome.failed_at && `${at(outcome.failed_at)}: `}
          {outcome.error}. {outcome.next_try_at && `Tried again at ${at(outcome.next_try_at)}.`}
        </Banner>
      )}
      {outcome.refused.length > 0 && (
        <Banner tone="warning" title="Some rates were not taken">
          <ul>
            {outcome.refused.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </Banner>
      )}
      <p className="text-ink-soft text-xs">
        {outcome.succeeded_at
          ? `Last fetched ${at(outcome.succeeded_at)}: rates of ${outcome.rates_of ?? 'that day'}, ${
              outcome.changed === 0 ? 'none of them new' : `${outcome.changed} of them new`
            }.`
          : 'Not fetched yet.'}
      </p>
      <div>
        <Button size="sm" loading={busy || outcome.wished} disabled={dirty} onClick={() => void run()}>
          Fetch now
        </Button>
      </div>
    </div>
  );
}
