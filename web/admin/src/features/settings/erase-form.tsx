/** Erasing what is kept about a visitor who asks for it: looked at first, then confirmed by typing. */
import { createErasure, previewErasure } from '@/api/erasures';
import { rangeBody } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import type { ErasureBy, ErasureInput, ErasurePreview } from '@/api/types';
import { DateRangePicker } from '@/components/date-range-picker';
import { SelectField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { formatDateTime } from '@/lib/time';
import { useState } from 'react';
import { useWatch } from 'react-hook-form';
import { countsInWords, isNothing, KINDS } from './erasure-words';
import { LookCard } from './look-card';
import { RemovalDialog } from './removal-dialog';

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
    <LookCard
      form={form}
      title="Erase a visitor"
      hint="What is kept about a person who asks for it: clicks, conversions, postbacks and deliveries go. Reports keep their counts and money, and lose what describes the person."
      button="See what would be erased"
      onLook={look}
      dialog={
        looked && (
          <EraseDialog
            looked={looked}
            timezone={workspace.timezone}
            onDone={() => form.reset(EMPTY)}
            onClose={() => setLooked(null)}
          />
        )
      }
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
    </LookCard>
  );
}

interface EraseDialogProps {
  looked: Looked;
  timezone: string;
  onDone: () => void;
  onClose: () => void;
}

function EraseDialog({ looked: { input, preview }, timezone, onDone, onClose }: EraseDialogProps) {
  const nothing = isNothing(preview);
  return (
    <RemovalDialog
      title={nothing ? 'Nothing to erase' : 'Erase this visitor?'}
      word="erase"
      nothing={nothing}
      run={() => createErasure(input)}
      listed="erasures"
      begun="It is being erased"
      refused="Not erased"
      onDone={onDone}
      onClose={onClose}
    >
      {nothing ? (
        'Nothing is kept about anybody whom this names. A click shows up some seconds after it came.'
      ) : (
        <>
          <strong className="text-ink">{countsInWords(preview)}</strong>
          <ClicksCame preview={preview} timezone={timezone} />.
        </>
      )}
    </RemovalDialog>
  );
}

/** From the first to the last click, to the minute. */
function ClicksCame({ preview, timezone }: { preview: ErasurePreview; timezone: string }) {
  const { first_click_at: first, last_click_at: last } = preview;
  if (!first || !last) return null;
  const [from, to] = [first, last].map(at => formatDateTime(at, timezone).slice(0, 16));
  return <>, clicked {from === to ? from : `${from} – ${to}`}</>;
}
