/** The fields that most forms need, bound to react-hook-form by name. */
import type { ReactNode } from 'react';
import { Controller, type FieldPath, type FieldValues } from 'react-hook-form';
import { Combobox } from '../ui/combobox';
import { Field } from '../ui/field';
import { Input, Select, Textarea, type Option } from '../ui/input';
import type { PickOption } from '../ui/option-list';
import { WordsInput } from '../ui/words-input';
import type { ApiForm } from './use-api-form';

interface BaseProps<T extends FieldValues> {
  form: ApiForm<T>;
  name: FieldPath<T>;
  label: string;
  hint?: ReactNode;
  optional?: boolean;
  aside?: ReactNode;
  className?: string;
}

interface TextFieldProps<T extends FieldValues> extends BaseProps<T> {
  placeholder?: string;
  type?: 'text' | 'email' | 'password' | 'number' | 'url';
  required?: string;
  mono?: boolean;
  autoComplete?: string;
  inputMode?: 'decimal' | 'numeric' | 'url' | 'email';
  autoFocus?: boolean;
  disabled?: boolean;
}

export function TextField<T extends FieldValues>(props: TextFieldProps<T>) {
  const { form, name, label, hint, optional, aside, className, required, type = 'text', ...input } = props;
  return (
    <Field label={label} hint={hint} optional={optional} aside={aside} className={className} error={form.errorAt(name)}>
      {control => (
        <Input
          {...control}
          {...input}
          type={type === 'url' ? 'text' : type}
          spellCheck={false}
          aria-required={required ? true : undefined}
          {...form.register(name, required ? { validate: value => String(value ?? '').trim() !== '' || required } : {})}
        />
      )}
    </Field>
  );
}

export function TextareaField<T extends FieldValues>({
  form,
  name,
  label,
  hint,
  optional,
  aside,
  className,
  rows,
  mono,
  placeholder,
}: BaseProps<T> & { rows?: number; mono?: boolean; placeholder?: string }) {
  return (
    <Field label={label} hint={hint} optional={optional} aside={aside} className={className} error={form.errorAt(name)}>
      {control => <Textarea {...control} rows={rows} mono={mono} placeholder={placeholder} {...form.register(name)} />}
    </Field>
  );
}

export function SelectField<T extends FieldValues>({
  form,
  name,
  label,
  hint,
  optional,
  aside,
  className,
  options,
}: BaseProps<T> & { options: readonly Option[] }) {
  return (
    <Field label={label} hint={hint} optional={optional} aside={aside} className={className} error={form.errorAt(name)}>
      {control => (
        <Controller
          control={form.control}
          name={name}
          render={({ field }) => (
            <Select
              {...control}
              options={options}
              value={String(field.value)}
              onChange={field.onChange}
              onBlur={field.onBlur}
            />
          )}
        />
      )}
    </Field>
  );
}

interface PickFieldProps<T extends FieldValues> extends BaseProps<T> {
  options: readonly PickOption[];
  none?: string;
  placeholder?: string;
}

/** One object of many; the form holds its id or null. */
export function PickField<T extends FieldValues>({
  form,
  name,
  label,
  hint,
  optional,
  aside,
  className,
  ...pick
}: PickFieldProps<T>) {
  return (
    <Field label={label} hint={hint} optional={optional} aside={aside} className={className} error={form.errorAt(name)}>
      {control => (
        <Controller
          control={form.control}
          name={name}
          render={({ field }) => (
            <Combobox
              label={label}
              control={control}
              value={(field.value as string | null) ?? null}
              onChange={field.onChange}
              {...pick}
            />
          )}
        />
      )}
    </Field>
  );
}

export function TagsField<T extends FieldValues>({ form, name }: { form: ApiForm<T>; name: FieldPath<T> }) {
  return <WordsField form={form} name={name} label="Tags" optional placeholder="Type and press Enter" />;
}

/** A list of words; the form holds it as such. */
export function WordsField<T extends FieldValues>({
  form,
  name,
  label,
  hint,
  optional,
  aside,
  className,
  placeholder,
}: BaseProps<T> & { placeholder?: string }) {
  return (
    <Field label={label} hint={hint} optional={optional} aside={aside} className={className} error={form.errorAt(name)}>
      {control => (
        <Controller
          control={form.control}
          name={name}
          render={({ field }) => (
            <WordsInput
              label={label}
              control={control}
              values={field.value as string[]}
              onChange={field.onChange}
              placeholder={placeholder}
            />
          )}
        />
      )}
    </Field>
  );
}
