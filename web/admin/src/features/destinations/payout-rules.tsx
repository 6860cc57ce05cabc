import { useStatuses } from '@/api/statuses';
import type { ApiForm } from '@/components/form/use-api-form';
import { Button, IconButton } from '@/components/ui/button';
import { MultiCombobox } from '@/components/ui/combobox';
import { Input, Select } from '@/components/ui/input';
import { countries } from '@/lib/geography';
import { Plus, Trash2 } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';
import type { DestinationValues } from './destination-values';

const PAYOUTS = [
  { value: 'fixed', label: 'Fixed amount' },
  { value: 'auto', label: 'From postback' },
];

/** What conversions of some statuses or countries pay instead; the first that applies counts. */
export function PayoutRules({ form }: { form: ApiForm<DestinationValues> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'payout_rules' });
  const statuses = useStatuses().filter(status => status.value !== 'event');
  const rules = form.watch('payout_rules');
  return (
    <fieldset className="grid gap-2">
      <legend className="text-ink-soft mb-1 text-xs font-medium">Payout by status or country</legend>
      {fields.length > 0 && (
        <p className="text-ink-faint -mt-1 text-xs">
          The first rule that applies counts; without one, the payout above.
        </p>
      )}
      {fields.map((field, index) => {
        const at = `payout_rules.${index}` as const;
        const problem =
          form.errorAt(`${at}.statuses`) ?? form.errorAt(`${at}.countries`) ?? form.errorAt(`${at}.payout.amount`);
        return (
          <div key={field.id} className="border-line grid gap-2 rounded-lg border p-2.5 sm:grid-cols-2">
            <Controller
              control={form.control}
              name={`${at}.statuses`}
              render={({ field: control }) => (
                <MultiCombobox
                  label={`Statuses of rule ${index + 1}`}
                  options={statuses}
                  values={control.value}
                  onChange={control.onChange}
                  placeholder="Any status"
                />
              )}
            />
            <Controller
              control={form.control}
              name={`${at}.countries`}
              render={({ field: control }) => (
                <MultiCombobox
                  label={`Countries of rule ${index + 1}`}
                  options={countries()}
                  values={control.value}
                  onChange={control.onChange}
                  placeholder="Any country"
                />
              )}
            />
            <Controller
              control={form.control}
              name={`${at}.payout.type`}
              render={({ field: control }) => (
                <Select
                  aria-label={`Payout of rule ${index + 1}`}
                  options={PAYOUTS}
                  value={control.value}
                  onChange={control.onChange}
                />
              )}
            />
            <span className="flex items-center gap-2">
              {rules[index]?.payout.type === 'fixed' && (
                <Input
                  aria-label={`Amount of rule ${index + 1}`}
                  inputMode="decimal"
                  placeholder="0.00"
                  className="num"
                  aria-invalid={form.errorAt(`${at}.payout.amount`) ? true : undefined}
                  {...form.register(`${at}.payout.amount`)}
                />
              )}
              <IconButton
                size="sm"
                label={`Remove rule ${index + 1}`}
                className="ml-auto"
                onClick={() => remove(index)}
              >
                <Trash2 className="size-3.5" />
              </IconButton>
            </span>
            {problem && (
              <p role="alert" className="text-negative col-span-full text-xs">
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <div>
        <Button
          size="sm"
          onClick={() => append({ statuses: [], countries: [], payout: { type: 'fixed', amount: '' } })}
        >
          <Plus className="size-3.5" /> Add payout rule
        </Button>
      </div>
    </fieldset>
  );
}
