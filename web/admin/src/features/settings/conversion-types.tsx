import type { ConversionStatus, ConversionType, RepeatPolicy } from '@/api/types';
import type { ApiForm } from '@/components/form/use-api-form';
import { Button, IconButton } from '@/components/ui/button';
import { FieldSection } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { Plus, Trash2 } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';
import { BUILT_IN, type WorkspaceValues } from './workspace-values';

const REPEATS: { value: RepeatPolicy; label: string }[] = [
  { value: 'transaction', label: 'Each transaction is a conversion' },
  { value: 'keep', label: 'One a click: the first amount stands' },
  { value: 'replace', label: 'One a click: the last postback counts' },
  { value: 'add', label: 'One a click: amounts are added' },
];

const TITLES: Record<(typeof BUILT_IN)[number], string> = {
  sale: 'Lead, sale, rejected, trash',
  rebill: 'Rebill',
  registration: 'Registration',
  deposit: 'Deposit',
};

/** What a type counts for is told by its number: eight of each kind. */
const KINDS = [
  { value: '0', label: 'Counts, brings revenue' },
  { value: '8', label: 'Counts, no revenue' },
  { value: '16', label: 'Brings revenue, does not count' },
  { value: '24', label: 'Neither' },
];
const OF_A_KIND = 8;

const numberOf = (status: string) => Number(status.slice('custom'.length));
const kindOf = (status: string) => String(Math.floor((numberOf(status) - 1) / OF_A_KIND) * OF_A_KIND);

/** The first free number of a kind. */
function freeOf(kind: string, types: readonly Pick<ConversionType, 'status'>[]): ConversionStatus | undefined {
  const taken = new Set(types.map(type => type.status));
  return Array.from({ length: OF_A_KIND }, (_, at) => `custom${Number(kind) + at + 1}` as ConversionStatus).find(
    status => !taken.has(status),
  );
}

/** Types of conversions of the workspace's own, and what a repeat of each type does. */
export function ConversionTypes({ form }: { form: ApiForm<WorkspaceValues> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'conversion_types' });
  const types = form.watch('conversion_types');
  const free = KINDS.map(kind => freeOf(kind.value, types)).find(Boolean);
  return (
    <FieldSection
      title="Conversion types"
      hint="Types of your own beside lead, sale and the others, and what a further postback of a type does. Counts from the next postback on; judge past ones again for more."
    >
      {BUILT_IN.map(status => (
        <div key={status} className="grid items-center gap-x-3 gap-y-1 text-sm sm:grid-cols-[14rem_1fr]">
          <span>{TITLES[status]}</span>
          <Controller
            control={form.control}
            name={`built_in.${status}`}
            render={({ field }) => (
              <Select
                aria-label={`Repeat of ${TITLES[status]}`}
                options={REPEATS}
                value={field.value}
                onChange={field.onChange}
              />
            )}
          />
        </div>
      ))}
      {fields.map((field, index) => {
        const at = (name: string) => form.errorAt(`conversion_types.${index}.${name}`);
        const status = types[index]?.status ?? 'custom1';
        return (
          <fieldset key={field.id} className="border-line grid gap-2 rounded-lg border p-3 sm:grid-cols-2">
            <legend className="text-ink-faint num px-1 text-xs">{status}</legend>
            <Input
              aria-label={`Name of type ${index + 1}`}
              placeholder="Qualified lead"
              aria-invalid={at('name') ? true : undefined}
              {...form.register(`conversion_types.${index}.name`)}
            />
            <Input
              aria-label={`Words of type ${index + 1}`}
              placeholder="Words that mean it: ql, qualified"
              spellCheck={false}
              {...form.register(`conversion_types.${index}.words`)}
            />
            <Select
              aria-label={`What type ${index + 1} counts for`}
              options={KINDS}
              value={kindOf(status)}
              onChange={kind => {
                const others = types.filter((_, other) => other !== index);
                const next = kind === kindOf(status) ? status : freeOf(kind, others);
                if (next) form.setValue(`conversion_types.${index}.status`, next, { shouldDirty: true });
              }}
            />
            <span className="flex items-center gap-2">
              <Controller
                control={form.control}
                name={`conversion_types.${index}.repeat`}
                render={({ field: control }) => (
                  <Select
                    aria-label={`Repeat of type ${index + 1}`}
                    className="grow"
                    options={REPEATS}
                    value={control.value}
                    onChange={control.onChange}
                  />
                )}
              />
              <IconButton size="sm" label={`Remove type ${index + 1}`} onClick={() => remove(index)}>
                <Trash2 className="size-3.5" />
              </IconButton>
            </span>
            {(at('name') ?? at('words') ?? at('status')) && (
              <p role="alert" className="text-negative col-span-full text-xs">
                {at('name') ?? at('words') ?? at('status')}
              </p>
            )}
          </fieldset>
        );
      })}
      <div>
        <Button
          size="sm"
          disabled={!free}
          onClick={() => free && append({ status: free, name: '', words: '', repeat: 'transaction' })}
        >
          <Plus className="size-3.5" /> Add type
        </Button>
      </div>
    </FieldSection>
  );
}
