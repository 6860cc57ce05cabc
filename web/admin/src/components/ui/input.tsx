import { cn } from '@/lib/cn';
import { ChevronDown } from 'lucide-react';
import type { InputHTMLAttributes, Ref, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react';

const FIELD = cn(
  'bg-surface border-line-strong text-ink w-full rounded-md border text-sm shadow-card transition-colors dark:bg-sunken',
  'hover:border-field focus-visible:border-accent focus-visible:outline-offset-0',
  'disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-negative aria-invalid:outline-negative',
);

type InputProps = InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement>; mono?: boolean };

export function Input({ className, mono = false, ...rest }: InputProps) {
  return <input className={cn(FIELD, 'h-8 px-2.5', mono && 'font-mono text-xs', className)} {...rest} />;
}

type TextareaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement>; mono?: boolean };

export function Textarea({ className, mono = false, rows = 3, ...rest }: TextareaProps) {
  return (
    <textarea
      rows={rows}
      className={cn(FIELD, 'scroll-thin min-h-8 px-2.5 py-1.5', mono && 'font-mono text-xs leading-5', className)}
      {...rest}
    />
  );
}

export interface Option<T extends string = string> {
  value: T;
  label: string;
  disabled?: boolean;
}

interface SelectProps<T extends string> extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value'> {
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
  ref?: Ref<HTMLSelectElement>;
}

/** The browser's own select: best on a phone, by keyboard and for screen readers. */
export function Select<T extends string>({ options, value, onChange, className, ...rest }: SelectProps<T>) {
  return (
    <span className={cn('relative inline-flex w-full', className)}>
      <select
        value={value}
        onChange={event => onChange(event.target.value as T)}
        className={cn(FIELD, 'h-8 appearance-none truncate pr-7 pl-2.5')}
        {...rest}
      >
        {options.map(option => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="text-ink-faint pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2"
      />
    </span>
  );
}
