/** Chooses the format of an exported file. */
import type { ExportFormat } from '@/api/types';
import { cn } from '@/lib/cn';
import { FORMATS } from '@/lib/export-formats';

interface FormatChoiceProps {
  value: ExportFormat;
  onChange: (format: ExportFormat) => void;
}

export function FormatChoice({ value, onChange }: FormatChoiceProps) {
  return (
    <fieldset className="grid gap-2">
      <legend className="text-ink-soft mb-1.5 text-xs font-medium">Format</legend>
      {FORMATS.map(option => (
        <label
          key={option.value}
          className={cn(
            'has-focus-visible:outline-accent flex cursor-pointer items-start gap-2.5 rounded-lg border px-3 py-2 has-focus-visible:outline-2',
            option.value === value ? 'border-accent bg-accent-soft' : 'border-line hover:border-line-strong',
          )}
        >
          <input
            type="radio"
            name="format"
            className="accent-accent mt-1"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span className="min-w-0 text-sm font-medium">
            {option.label}
            <span
              className={cn('block text-xs font-normal', option.value === value ? 'text-ink-soft' : 'text-ink-faint')}
            >
              {option.text}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
