import { cn } from '@/lib/cn';
import { ChevronsUpDown, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { FieldControl } from './field';
import { OptionList, type PickOption } from './option-list';
import { Popover } from './popover';

const TRIGGER = cn(
  'bg-surface border-line-strong flex w-full min-w-0 items-center gap-1.5 rounded-md border pl-2.5 text-left text-sm shadow-card',
  'hover:border-field focus-visible:border-accent focus-visible:outline-offset-0 dark:bg-sunken aria-invalid:border-negative',
);

interface ComboboxProps {
  label: string;
  options: readonly PickOption[];
  value: string | null;
  onChange: (value: string | null) => void;
  placeholder?: string;
  /** Offers an entry that clears the choice, with this wording. */
  none?: string;
  control?: FieldControl;
  footer?: (close: () => void) => ReactNode;
  custom?: (text: string) => string | null;
  className?: string;
}

/** One of many, with search. */
export function Combobox({
  label,
  options,
  value,
  onChange,
  placeholder,
  none,
  control,
  footer,
  custom,
  className,
}: ComboboxProps) {
  const [open, setOpen] = useState(false);
  const chosen = options.find(option => option.value === value);
  const all: readonly PickOption[] = none ? [{ value: '', label: none }, ...options] : options;
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <button type="button" {...control} className={cn(TRIGGER, 'h-8 pr-2', className)}>
          {!control && <span className="sr-only">{label}: </span>}
          <span className={cn('min-w-0 flex-1 truncate', !chosen && !value && 'text-ink-faint')}>
            {chosen?.label ?? value ?? none ?? placeholder ?? 'Choose…'}
          </span>
          <ChevronsUpDown aria-hidden="true" className="text-ink-faint size-3.5 shrink-0" />
        </button>
      }
    >
      <OptionList
        label={label}
        options={all}
        selected={[value ?? '']}
        {...(custom ? { custom } : {})}
        onPick={picked => {
          onChange(picked === '' ? null : picked);
          setOpen(false);
        }}
        footer={footer?.(() => setOpen(false))}
      />
    </Popover>
  );
}

interface MultiComboboxProps {
  label: string;
  options: readonly PickOption[];
  values: readonly string[];
  onChange: (values: string[]) => void;
  placeholder?: string;
  custom?: (text: string) => string | null;
  control?: FieldControl;
  className?: string;
}

/** Several of many; the chosen ones stand in the field and can be removed there. */
export function MultiCombobox({
  label,
  options,
  values,
  onChange,
  placeholder,
  custom,
  control,
  className,
}: MultiComboboxProps) {
  const [open, setOpen] = useState(false);
  const toggle = (value: string) =>
    onChange(values.includes(value) ? values.filter(other => other !== value) : [...values, value]);
  return (
    <div
      className={cn(TRIGGER, 'min-h-8 flex-wrap gap-1 py-0.75 pr-1 pl-1', className)}
      aria-invalid={control?.['aria-invalid']}
    >
      {values.map(value => (
        <Chip
          key={value}
          label={options.find(option => option.value === value)?.label ?? value}
          onRemove={() => toggle(value)}
        />
      ))}
      <Popover
        label={label}
        open={open}
        onOpenChange={setOpen}
        trigger={
          <button
            type="button"
            {...control}
            className="text-ink-faint hover:text-ink flex h-6 min-w-16 flex-1 items-center justify-between gap-1 rounded pl-1.5 text-left"
          >
            {!control && <span className="sr-only">{label}: </span>}
            <span>{values.length === 0 ? (placeholder ?? 'Choose…') : 'Add…'}</span>
            <ChevronsUpDown aria-hidden="true" className="mr-1 size-3.5 shrink-0" />
          </button>
        }
      >
        <OptionList label={label} options={options} selected={values} onPick={toggle} {...(custom ? { custom } : {})} />
      </Popover>
    </div>
  );
}

export function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <span className="bg-accent-soft text-accent-text inline-flex h-6 max-w-full items-center rounded pl-1.5 text-xs font-medium">
      <span className="truncate">{label}</span>
      <button
        type="button"
        aria-label={`Remove ${label}`}
        onClick={onRemove}
        className="hover:bg-accent/15 grid size-6 shrink-0 place-items-center rounded"
      >
        <X className="size-3" aria-hidden="true" />
      </button>
    </span>
  );
}
