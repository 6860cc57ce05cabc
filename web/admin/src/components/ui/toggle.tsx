import { cn } from '@/lib/cn';
import { Check, Minus } from 'lucide-react';
import { useId, type ReactNode } from 'react';

interface SwitchProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  /** Hides the label's text but keeps it for screen readers. */
  hideLabel?: boolean;
  className?: string;
}

export function Switch({ label, checked, onChange, disabled, hideLabel, className }: SwitchProps) {
  return (
    <label
      className={cn(
        'relative inline-flex cursor-pointer items-center gap-2',
        disabled && 'cursor-not-allowed opacity-60',
        className,
      )}
    >
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        className="peer sr-only"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
      />
      <span
        aria-hidden="true"
        className={cn(
          'bg-field relative h-4.5 w-8 shrink-0 rounded-full transition-colors',
          'peer-checked:bg-accent peer-focus-visible:outline-accent peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2',
          'after:absolute after:top-0.5 after:left-0.5 after:size-3.5 after:rounded-full after:bg-white after:shadow after:transition-transform',
          'peer-checked:after:translate-x-3.5',
        )}
      />
      <span className={cn('text-sm', hideLabel && 'sr-only')}>{label}</span>
    </label>
  );
}

interface CheckboxProps {
  label: ReactNode;
  checked: boolean;
  indeterminate?: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  className?: string;
}

export function Checkbox({ label, checked, indeterminate = false, onChange, disabled, className }: CheckboxProps) {
  const Mark = indeterminate ? Minus : Check;
  return (
    <label
      className={cn(
        'relative flex min-w-0 cursor-pointer items-center gap-2 text-sm',
        disabled && 'cursor-not-allowed opacity-60',
        className,
      )}
    >
      <input
        type="checkbox"
        className="peer sr-only"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
      />
      <span
        aria-hidden="true"
        className={cn(
          'border-field bg-surface grid size-4 shrink-0 place-items-center rounded border text-transparent transition-colors dark:bg-sunken',
          'peer-focus-visible:outline-accent peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2',
          (checked || indeterminate) && 'border-accent bg-accent text-accent-ink dark:bg-accent',
        )}
      >
        <Mark className="size-3" strokeWidth={3} />
      </span>
      <span className="min-w-0">{label}</span>
    </label>
  );
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange: (value: T) => void;
  size?: 'sm' | 'md';
  className?: string;
}

/** A few exclusive choices side by side; arrow keys move, as in any radio group. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  size = 'md',
  className,
}: SegmentedProps<T>) {
  const group = useId();
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={cn('bg-sunken border-line inline-flex rounded-md border p-0.5 dark:bg-sunken', className)}
    >
      {options.map(option => (
        <label
          key={option.value}
          title={option.title}
          className={cn(
            'relative flex cursor-pointer items-center justify-center gap-1.5 rounded px-2.5 font-medium whitespace-nowrap transition-colors',
            'has-focus-visible:outline-accent has-focus-visible:outline-2',
            size === 'sm' ? 'h-5.5 text-xs' : 'h-6.5 text-xs',
            option.value === value ? 'bg-surface text-ink shadow-card dark:bg-line' : 'text-ink-faint hover:text-ink',
          )}
        >
          <input
            type="radio"
            name={group}
            className="absolute size-0 opacity-0"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
