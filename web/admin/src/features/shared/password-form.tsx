import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { useState } from 'react';

interface PasswordFormProps {
  /** Whether a password has been tried. */
  wrong: boolean;
  message: string;
  onSubmit: (password: string) => void;
}

export function PasswordForm({ wrong, message, onSubmit }: PasswordFormProps) {
  const [text, setText] = useState('');
  return (
    <form
      className="grid gap-4 p-5 sm:p-6"
      onSubmit={event => {
        event.preventDefault();
        if (text !== '') onSubmit(text);
      }}
    >
      <Field label="Password" error={wrong ? message : undefined} hint="Whoever sent the link knows it.">
        {control => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- there is nothing else on the page
            autoFocus
            value={text}
            onChange={event => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg">
        Show the report
      </Button>
    </form>
  );
}
