import { useStatuses } from '@/api/statuses';
import type { ApiForm } from '@/components/form/use-api-form';
import { Button, IconButton } from '@/components/ui/button';
import { Input, Select } from '@/components/ui/input';
import { Plus, Trash2 } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';
import type { NetworkValues } from './network-values';

/** The network's words for statuses, where they differ from the usual ones. */
export function StatusTable({ form }: { form: ApiForm<NetworkValues> }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'statuses' });
  // Events are said by parameters, not by a word.
  const options = useStatuses().filter(status => status.value !== 'event');
  return (
    <fieldset className="grid gap-2">
      <legend className="text-ink-soft mb-1 text-xs font-medium">Status words</legend>
      <p className="text-ink-faint -mt-1 text-xs">
        Usual words (approved, pending, declined, chargeback, …) are understood without this. Add only what is special.
        Types of your own are made under Settings → Workspace.
      </p>
      {fields.map((field, index) => {
        const error = form.errorAt(`statuses.${index}.word`);
        return (
          <div key={field.id} className="grid grid-cols-[1fr_auto_1fr_2rem] items-center gap-2">
            <Input
              aria-label={`Word ${index + 1}`}
              aria-invalid={error ? true : undefined}
              placeholder="validated"
              spellCheck={false}
              {...form.register(`statuses.${index}.word`)}
            />
            <span className="text-ink-faint text-xs">means</span>
            <Controller
              control={form.control}
              name={`statuses.${index}.status`}
              render={({ field: control }) => (
                <Select
                  aria-label={`Status ${index + 1}`}
                  options={options}
                  value={control.value}
                  onChange={control.onChange}
                />
              )}
            />
            <IconButton size="sm" label={`Remove word ${index + 1}`} onClick={() => remove(index)}>
              <Trash2 className="size-3.5" />
            </IconButton>
            {error && (
              <p role="alert" className="text-negative col-span-full text-xs">
                {error}
              </p>
            )}
          </div>
        );
      })}
      <div>
        <Button size="sm" onClick={() => append({ word: '', status: 'sale' })}>
          <Plus className="size-3.5" /> Add word
        </Button>
      </div>
    </fieldset>
  );
}
