import type { Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { MacroPicker } from '@/components/macro-hint';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';

interface UrlFieldProps {
  label: string;
  hint?: string;
  value: string;
  macros: Vocabulary['macros'];
  onChange: (value: string) => void;
  path: string;
}

/** A target with macros. */
export function UrlField({ label, hint, value, macros, onChange, path }: UrlFieldProps) {
  return (
    <div className="grid grid-cols-1 gap-1">
      <Field
        label={label}
        hint={hint}
        aside={<MacroPicker macros={macros} onInsert={macro => onChange(value + macro)} />}
      >
        {control => (
          <Input
            {...control}
            mono
            spellCheck={false}
            placeholder="https://example.com/?sub={click_id}"
            value={value}
            onChange={event => onChange(event.target.value)}
          />
        )}
      </Field>
      <Problems path={path} />
    </div>
  );
}
