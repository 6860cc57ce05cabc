import { cn } from '@/lib/cn';
import { useState, type ClipboardEvent } from 'react';
import { Chip } from './combobox';
import type { FieldControl } from './field';

interface WordsInputProps {
  label: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  control?: FieldControl;
  placeholder?: string;
  className?: string;
}

/** Free texts one after the other: Enter or comma ends one, Backspace takes the last away, a pasted list is split. */
export function WordsInput({ label, values, onChange, control, placeholder, className }: WordsInputProps) {
  const [text, setText] = useState('');
  const add = (parts: string[]) => {
    const fresh = parts.map(part => part.trim()).filter(part => part !== '' && !values.includes(part));
    if (fresh.length > 0) onChange([...values, ...new Set(fresh)]);
    setText('');
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text');
    if (!/[\n,;\t]/.test(pasted)) return;
    event.preventDefault();
    add(pasted.split(/[\n,;\t]+/));
  };
  return (
    <div
      className={cn(
        'bg-surface border-line-strong hover:border-field focus-within:border-accent flex min-h-8 min-w-0 flex-wrap items-center gap-1 rounded-md border px-1 py-0.75 shadow-card dark:bg-sunken',
        control?.['aria-invalid'] && 'border-negative',
        className,
      )}
    >
      {values.map(value => (
        <Chip key={value} label={value} onRemove={() => onChange(values.filter(other => other !== value))} />
      ))}
      <input
        {...control}
        aria-label={control ? undefined : label}
        value={text}
        placeholder={values.length === 0 ? placeholder : undefined}
        onChange={event => setText(event.target.value)}
        onPaste={onPaste}
        onBlur={() => add([text])}
        onKeyDown={event => {
          if (event.key === 'Enter' || event.key === ',') {
            event.preventDefault();
            add([text]);
          } else if (event.key === 'Backspace' && text === '' && values.length > 0) {
            onChange(values.slice(0, -1));
          }
        }}
        className="h-6 min-w-24 flex-1 bg-transparent px-1.5 text-sm outline-none"
      />
    </div>
  );
}
