import type { RateSource, Workspace } from '@/api/types';
import type { ApiForm } from '@/components/form/use-api-form';
import { Button, IconButton } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { FieldSection } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { currencyOptions } from '@/lib/currencies';
import { formatDate } from '@/lib/time';
import { Plus, Table2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Controller, useFieldArray } from 'react-hook-form';
import { RatesImportDialog } from './rates-import';
import type { WorkspaceValues } from './workspace-values';

/** More rates than this are not shown for editing; they are kept. */
const SHOWN_MAX = 60;

/** Where a rate came from that nobody gave. */
const FETCHED: Record<RateSource, string> = {
  manual: '',
  ecb: ', fetched from the European Central Bank',
  json: ', fetched',
};

/** What other currencies are worth, and from when on. */
export function RatesSection({ form, workspace }: { form: ApiForm<WorkspaceValues>; workspace: Workspace }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'rates' });
  const [importing, setImporting] = useState(false);
  const first = Math.max(fields.length - SHOWN_MAX, 0);
  return (
    <FieldSection
      title="Exchange rates"
      hint={`What one unit of another currency is worth in ${workspace.currency}. A conversion is worth what the rate in force at its time says; without one its postback is refused, and can be judged again.`}
    >
      {first > 0 && <p className="text-ink-faint text-xs">{first} more rates are kept and not shown.</p>}
      {fields.map((field, index) => {
        if (index < first) return null;
        const problem = form.errorAt(`rates.${index}.rate`) ?? form.errorAt(`rates.${index}.currency`);
        return (
          <div
            key={field.id}
            className="grid max-w-xl grid-cols-[auto_minmax(0,1fr)_auto_minmax(0,1fr)_2rem] items-center gap-2 text-sm"
          >
            <span className="num">1</span>
            <Controller
              control={form.control}
              name={`rates.${index}.currency`}
              render={({ field: control }) => (
                <Combobox
                  label={`Currency ${index + 1}`}
                  options={currencyOptions().filter(option => option.value !== workspace.currency)}
                  value={control.value || null}
                  onChange={value => control.onChange(value ?? '')}
                />
              )}
            />
            <span>=</span>
            <span className="flex items-center gap-1.5">
              <Input
                aria-label={`Rate ${index + 1}`}
                inputMode="decimal"
                placeholder="1.08"
                className="num"
                aria-invalid={form.errorAt(`rates.${index}.rate`) ? true : undefined}
                {...form.register(`rates.${index}.rate`)}
              />
              {workspace.currency}
            </span>
            <IconButton size="sm" label={`Remove rate ${index + 1}`} onClick={() => remove(index)}>
              <Trash2 className="size-3.5" />
            </IconButton>
            <p className="text-ink-faint col-span-full -mt-1 ml-5 text-xs">
              {field.since ? `from ${formatDate(field.since, workspace.timezone)} on` : 'from the beginning'}
              {FETCHED[field.source]}
            </p>
            {problem && (
              <p role="alert" className="text-negative col-span-full text-xs">
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" onClick={() => append({ currency: '', rate: '', since: '', source: 'manual' })}>
          <Plus className="size-3.5" /> Add rate
        </Button>
        <Button
          size="sm"
          disabled={form.formState.isDirty}
          title={form.formState.isDirty ? 'Save first' : undefined}
          onClick={() => setImporting(true)}
        >
          <Table2 className="size-3.5" /> Add rates from a day on…
        </Button>
      </div>
      {importing && <RatesImportDialog workspace={workspace} onClose={() => setImporting(false)} />}
    </FieldSection>
  );
}
