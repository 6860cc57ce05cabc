import type { CostFileInput } from '@/api/types';
import { Button } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { Field } from '@/components/ui/field';
import { Select, Textarea } from '@/components/ui/input';
import { cn } from '@/lib/cn';
import { currencyOptions } from '@/lib/currencies';
import { timezones, todayIn } from '@/lib/time';
import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';

export interface FileValues {
  text: string;
  timezone: string;
  currency: string;
  bots: NonNullable<CostFileInput['bots']>;
}

interface FileInputProps {
  values: FileValues;
  onChange: (patch: Partial<FileValues>) => void;
}

const COLUMNS: [string, string][] = [
  ['date', 'a day, or from and to'],
  ['cost', 'in total; cpc for each click'],
  ['campaign', 'id, link name or name'],
  ['country, sub_id_1, …', 'any dimension known at the click'],
  ['currency, timezone', 'where a line differs'],
  ['mode', 'replace (usual) or add'],
  ['bots, only_unique, note', 'as in the form'],
];

export function FileInput({ values, onChange }: FileInputProps) {
  const file = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = async (chosen: File | undefined) => {
    if (chosen) onChange({ text: await chosen.text() });
  };
  const example = () => {
    const day = todayIn(values.timezone);
    onChange({
      text: `date;campaign;sub_id_1;cost\n${day};my-campaign;zone-17;12.50\n${day};my-campaign;zone-4;8.10\n`,
    });
  };
  return (
    <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_16rem]">
      <div className="grid min-w-0 gap-3">
        <Field
          label="Lines"
          hint="A line of column names, then a correction a line; separated by comma, semicolon or tab. At most 1,000."
          aside={
            <span className="-mt-1 mb-0.5 flex gap-1">
              <Button size="sm" variant="ghost" onClick={example}>
                Example
              </Button>
              <Button size="sm" onClick={() => file.current?.click()}>
                <FileUp className="size-3.5" aria-hidden="true" /> Choose a file
              </Button>
            </span>
          }
        >
          {control => (
            <Textarea
              {...control}
              mono
              rows={14}
              spellCheck={false}
              wrap="off"
              placeholder={
                'date;campaign;sub_id_1;cost\n2026-05-01;summer;zone-17;12.50\n\nPaste here, or drop a file.'
              }
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
                void take(event.dataTransfer.files[0]);
              }}
            />
          )}
        </Field>
        <input
          ref={file}
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          aria-label="File with costs"
          className="sr-only"
          tabIndex={-1}
          onChange={event => {
            void take(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <div className="grid items-start gap-3 sm:grid-cols-3">
          <Field label="Timezone" hint="Of lines that name none">
            {control => (
              <Combobox
                label="Timezone"
                control={control}
                options={timezones().map(zone => ({ value: zone, label: zone }))}
                value={values.timezone}
                onChange={timezone => onChange({ timezone: timezone ?? 'UTC' })}
              />
            )}
          </Field>
          <Field label="Currency" hint="Of lines that name none">
            {control => (
              <Combobox
                label="Currency"
                control={control}
                options={currencyOptions()}
                value={values.currency}
                onChange={currency => onChange({ currency: currency ?? values.currency })}
              />
            )}
          </Field>
          <Field label="Bots">
            {control => (
              <Select
                {...control}
                value={values.bots}
                onChange={bots => onChange({ bots })}
                options={[
                  { value: 'exclude', label: 'Without bots' },
                  { value: 'include', label: 'With bots' },
                  { value: 'only', label: 'Only bots' },
                ]}
              />
            )}
          </Field>
        </div>
      </div>
      <div className="bg-sunken border-line rounded-lg border p-3.5">
        <h3 className="mb-2 text-xs font-semibold">Columns</h3>
        <dl className="grid gap-2 text-xs">
          {COLUMNS.map(([name, text]) => (
            <div key={name}>
              <dt className="font-mono text-2xs font-medium">{name}</dt>
              <dd className="text-ink-faint">{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
