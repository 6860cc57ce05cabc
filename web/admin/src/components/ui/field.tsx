import { cn } from '@/lib/cn';
import { useId, type ReactNode } from 'react';

export interface FieldControl {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

interface FieldProps {
  label: string;
  /** What the field means or an example. */
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  /** Shown at the right end of the label line. */
  aside?: ReactNode;
  className?: string;
  /** Only the label's text for screen readers, where a heading already says it. */
  hideLabel?: boolean;
  children: (control: FieldControl) => ReactNode;
}

/** Label, control, hint and error, tied together for screen readers. The control gets its ids through the render function. */
export function Field({ label, hint, error, optional, aside, className, hideLabel, children }: FieldProps) {
  const id = useId();
  const note = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div className={cn('flex min-w-0 flex-col gap-1', className)}>
      <div className={cn('flex items-baseline justify-between gap-2', hideLabel && 'sr-only')}>
        <label htmlFor={id} className="text-ink-soft text-xs font-medium">
          {label}
          {optional && <span className="text-ink-faint font-normal"> (optional)</span>}
        </label>
        {aside}
      </div>
      {children({
        id,
        ...(note ? { 'aria-describedby': note } : {}),
        ...(error ? { 'aria-invalid': true as const } : {}),
      })}
      {error ? (
        <p id={`${id}-error`} role="alert" className="text-negative text-xs">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="text-ink-faint text-xs">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

/** A group of fields with a heading at its left on wide screens. */
export function FieldSection({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line grid gap-x-8 gap-y-3 border-b py-5 first:pt-0 last:border-0 last:pb-0 lg:grid-cols-[13rem_1fr]">
      <div>
        <h2 className="text-sm font-semibold">{title}</h2>
        {hint && <p className="text-ink-faint mt-0.5 text-xs">{hint}</p>}
      </div>
      <div className="grid min-w-0 content-start gap-3.5">{children}</div>
    </section>
  );
}
