import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select, Textarea } from '@/components/ui/input';
import { cn } from '@/lib/cn';
import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';

export interface UploadValues {
  network: string;
  text: string;
  /** Names of the columns, separated by commas; empty: as the text says. */
  columns: string;
}

interface UploadFormProps {
  values: UploadValues;
  networks: readonly { id: string; name: string }[];
  onChange: (patch: Partial<UploadValues>) => void;
}

const FORMS: [string, string][] = [
  ['subid;payout;tid;status', 'a first line of column names: any parameters of a postback'],
  ['01k7…;12.50;1001;sale', 'without names: click id, revenue, transaction, status'],
  ['01k7…:12.50:sale', 'with colons: click id, payout, status'],
  ['01k7…:payout=5:event1=2', 'cells may name themselves'],
];

/** The text, and whose conversions they are. */
export function UploadForm({ values, networks, onChange }: UploadFormProps) {
  const file = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const choose = async (chosen: File | undefined) => {
    if (chosen) onChange({ text: await chosen.text() });
  };
  const options = [{ value: '', label: 'Choose…' }, ...networks.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_16rem]">
      <div className="grid min-w-0 gap-3">
        <Field label="Affiliate network" hint="Whose statuses and currency hold.">
          {control => (
            <Select {...control} value={values.network} options={options} onChange={network => onChange({ network })} />
          )}
        </Field>
        <Field
          label="Lines"
          hint="A conversion a line; separated by semicolon, tab, comma or colon. At most 5,000."
          aside={
            <Button size="sm" className="-mt-1 mb-0.5" onClick={() => file.current?.click()}>
              <FileUp className="size-3.5" aria-hidden="true" /> Choose a file
            </Button>
          }
        >
          {control => (
            <Textarea
              {...control}
              mono
              rows={12}
              spellCheck={false}
              wrap="off"
              placeholder={'subid;payout;tid;status\n…;12.50;1001;sale\n\nPaste here, or drop a file.'}
              className={cn('overflow-x-auto', over && 'border-accent bg-accent-soft')}
              value={values.text}
              onChange={event => onChange({ text: event.target.value })}
              onDragOver={event => {
                event.preventDefault();
                setOver(true);
              }}
              onDragLeave={() => setOver(false)}
              onDrop={event => {
                event.preventDefault();
                setOver(false);
                void choose(event.dataTransfer.files[0]);
              }}
            />
          )}
        </Field>
        <input
          ref={file}
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          aria-label="File with conversions"
          className="sr-only"
          tabIndex={-1}
          onChange={event => {
            void choose(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <Field
          label="Columns"
          optional
          hint="Only where the text does not name them or names them otherwise: their names in order, separated by commas; - leaves one out."
        >
          {control => (
            <Input
              {...control}
              spellCheck={false}
              placeholder="tid, -, subid, payout"
              value={values.columns}
              onChange={event => onChange({ columns: event.target.value })}
            />
          )}
        </Field>
      </div>
      <div className="bg-sunken border-line rounded-lg border p-3.5">
        <h3 className="mb-2 text-xs font-semibold">What is understood</h3>
        <dl className="grid gap-2 text-xs">
          {FORMS.map(([form, text]) => (
            <div key={form}>
              <dt className="font-mono text-2xs font-medium break-words">{form}</dt>
              <dd className="text-ink-faint">{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
