/** Erasing what is kept about a visitor who asks for it: looked at first, then confirmed by typing. */
import { createErasure, previewErasure } from '@/api/erasures';
import { messageOf } from '@/api/errors';
import { rangeBody } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import type { ErasureBy, ErasureInput, ErasurePreview } from '@/api/types';
import { DateRangePicker } from '@/components/date-range-picker';
import { SelectField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Field, FieldSection } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { formatDateTime } from '@/lib/time';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useWatch } from 'react-hook-form';
import { countsInWords, isNothing, KINDS } from './erasure-words';

interface EraseValues {
  by: ErasureBy;
  value: string;
  note: string;
}

interface Looked {
  input: ErasureInput;
  preview: ErasurePreview;
}

const ALWAYS = 'all_time';
const EMPTY: EraseValues = { by: 'visitor', value: '', note: '' };

export function EraseForm() {
  const workspace = useWorkspace();
  const form = useApiForm<EraseValues>({ defaultValues: EMPTY });
  const by = useWatch({ control: form.control, name: 'by' });
  const [range, setRange] = useState(ALWAYS);
  const [looked, setLooked] = useState<Looked | null>(null);
  const kind = KINDS[by];
  const look = form.submit(async values => {
    const narrowed = KINDS[values.by].ranged && range !== ALWAYS;
    const input = { ...values, range: narrowed ? rangeBody(range) : null, timezone: workspace.timezone };
    setLooked({ input, preview: await previewErasure(input) });
  });
  return (
    <form noValidate onSubmit={event => void look(event)}>
      <Card className="[&>div]:pt-5">
        {form.problem && (
          <Banner tone="error" title="Cannot be looked at" className="mb-4">
            {form.problem}
          </Banner>
        )}
        <FieldSection
          title="Erase a visitor"
          hint="What is kept about a person who asks for it: clicks, conversions, postbacks and deliveries go. Reports keep their counts and money, and lose what describes the person."
        >
          <div className="flex flex-wrap items-start gap-3">
            <SelectField
              form={form}
              name="by"
              label="Found by"
              className="w-full sm:w-72"
              options={Object.entries(KINDS).map(([value, { label }]) => ({ value, label }))}
            />
            <TextField
              form={form}
              name="value"
              label={kind.field}
              hint={kind.hint}
              required="Say whose data it is"
              autoComplete="off"
              mono
              className="w-full sm:w-80"
            />
            {kind.ranged && (
              <div className="grid gap-1">
                <span className="text-ink-soft text-xs font-medium">Clicks that came</span>
                <DateRangePicker value={range} onChange={setRange} timezone={workspace.timezone} />
              </div>
            )}
          </div>
          <TextField
            form={form}
            name="note"
            label="Note"
            optional
            hint="Such as the number of the request. It stays in the list: do not name the person."
            autoComplete="off"
            className="max-w-xl"
          />
          <div>
            <Button type="submit" loading={form.formState.isSubmitting}>
              See what would be erased
            </Button>
          </div>
        </FieldSection>
      </Card>
      {looked && (
        <EraseDialog
          looked={looked}
          timezone={workspace.timezone}
          onDone={() => form.reset(EMPTY)}
          onClose={() => setLooked(null)}
        />
      )}
    </form>
  );
}

const WORD = 'erase';

interface EraseDialogProps {
  looked: Looked;
  timezone: string;
  onDone: () => void;
  onClose: () => void;
}

function EraseDialog({ looked: { input, preview }, timezone, onDone, onClose }: EraseDialogProps) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const nothing = isNothing(preview);
  const run = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await createErasure(input);
      await client.invalidateQueries({ queryKey: ['erasures'] });
      toast.success('It is being erased', 'The list says when nothing is left.');
      onDone();
      onClose();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      title={nothing ? 'Nothing to erase' : 'Erase this visitor?'}
      width="sm"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{nothing ? 'Close' : 'Cancel'}</Button>
          {!nothing && (
            <Button variant="danger" loading={busy} disabled={typed.trim() !== WORD} onClick={() => void run()}>
              Erase
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-3 text-sm">
        <p className="text-ink-soft">
          {nothing ? (
            'Nothing is kept about anybody whom this names. A click shows up some seconds after it came.'
          ) : (
            <>
              <strong className="text-ink">{countsInWords(preview)}</strong>
              <ClicksCame preview={preview} timezone={timezone} />.
            </>
          )}
        </p>
        {!nothing && (
          <>
            <Banner tone="warning">
              It cannot be undone. What comes later about these clicks is refused, and told why.
            </Banner>
            <Field label={`Type “${WORD}” to confirm`}>
              {control => (
                <Input {...control} value={typed} autoComplete="off" onChange={event => setTyped(event.target.value)} />
              )}
            </Field>
          </>
        )}
        {refusal !== null && (
          <Banner tone="error" title="Not erased">
            {messageOf(refusal)}
          </Banner>
        )}
      </div>
    </Modal>
  );
}

/** From the first to the last click, to the minute. */
function ClicksCame({ preview, timezone }: { preview: ErasurePreview; timezone: string }) {
  const { first_click_at: first, last_click_at: last } = preview;
  if (!first || !last) return null;
  const [from, to] = [first, last].map(at => formatDateTime(at, timezone).slice(0, 16));
  return <>, clicked {from === to ? from : `${from} – ${to}`}</>;
}
