import type { Vocabulary } from '@/api/types';
import { Button, IconButton } from '@/components/ui/button';
import { Input, Select } from '@/components/ui/input';
import type { ApiForm } from '@/components/form/use-api-form';
import { Plus, Trash2 } from 'lucide-react';
import { Controller, useFieldArray } from 'react-hook-form';
import { freeSubId, USUAL, type SourceValues } from './source-values';

interface ParameterTableProps {
  form: ApiForm<SourceValues>;
  roles: Vocabulary['parameter_roles'];
}

/** Which query parameter of the link means what, and which token of the source fills it. */
export function ParameterTable({ form, roles }: ParameterTableProps) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'parameters' });
  const rows = form.watch('parameters');
  const options = roles.map(role => ({
    value: role.name,
    label: role.title,
  }));
  const missing = USUAL.filter(usual => !rows.some(row => row.role === usual.role));
  return (
    <fieldset className="grid gap-2">
      <legend className="text-ink-soft mb-1 text-xs font-medium">Parameters</legend>
      {fields.length > 0 && (
        <div className="border-line overflow-hidden rounded-lg border">
          <div className="bg-sunken text-ink-faint hidden grid-cols-[1fr_1fr_1.1fr_1fr_2rem] gap-2 px-2.5 py-1.5 text-xs font-medium sm:grid">
            <span>Parameter in link</span>
            <span>Token of the source</span>
            <span>Meaning</span>
            <span>Label in reports</span>
          </div>
          {fields.map((field, index) => (
            <Row key={field.id} form={form} index={index} options={options} onRemove={() => remove(index)} />
          ))}
        </div>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        <Button
          size="sm"
          onClick={() => append({ parameter: '', token: '', role: freeSubId(rows), label: '' })}
          disabled={fields.length >= 60}
        >
          <Plus className="size-3.5" /> Add parameter
        </Button>
        {missing.length > 0 && <span className="text-ink-faint pl-1 text-xs">or the usual:</span>}
        {missing.map(({ title, ...row }) => (
          <Button
            key={row.role}
            size="sm"
            variant="ghost"
            onClick={() => append(row)}
            className="text-accent-text px-1.5"
          >
            {title}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

interface RowProps {
  form: ApiForm<SourceValues>;
  index: number;
  options: { value: string; label: string }[];
  onRemove: () => void;
}

function Row({ form, index, options, onRemove }: RowProps) {
  const path = `parameters.${index}` as const;
  const errors = (['parameter', 'token', 'role', 'label'] as const).flatMap(
    key => form.errorAt(`${path}.${key}`) ?? [],
  );
  const invalid = (key: 'parameter' | 'token' | 'role') => (form.errorAt(`${path}.${key}`) ? true : undefined);
  return (
    <div className="border-line grid grid-cols-[1fr_1fr_2rem] items-center gap-2 border-t p-2.5 first:border-t-0 sm:grid-cols-[1fr_1fr_1.1fr_1fr_2rem] sm:py-1.5">
      <Input
        mono
        aria-label={`Parameter ${index + 1}`}
        aria-invalid={invalid('parameter')}
        placeholder="zone"
        spellCheck={false}
        {...form.register(`${path}.parameter`)}
      />
      <Input
        mono
        aria-label={`Token ${index + 1}`}
        aria-invalid={invalid('token')}
        placeholder="{zoneid}"
        spellCheck={false}
        {...form.register(`${path}.token`)}
      />
      <IconButton label={`Remove parameter ${index + 1}`} size="sm" onClick={onRemove} className="sm:order-last">
        <Trash2 className="size-3.5" />
      </IconButton>
      <Controller
        control={form.control}
        name={`${path}.role`}
        render={({ field }) => (
          <Select
            aria-label={`Meaning ${index + 1}`}
            aria-invalid={invalid('role')}
            options={options}
            value={field.value}
            onChange={field.onChange}
          />
        )}
      />
      <Input aria-label={`Label ${index + 1}`} placeholder="Zone" {...form.register(`${path}.label`)} />
      {errors.length > 0 && (
        <p role="alert" className="text-negative col-span-full text-xs sm:order-last">
          {errors.join(' ')}
        </p>
      )}
    </div>
  );
}
