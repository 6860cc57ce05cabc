/** A form that says what is to go, and is looked at before anything does. */
import type { ApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { FieldSection } from '@/components/ui/field';
import type { ReactNode } from 'react';
import type { FieldValues } from 'react-hook-form';

interface LookCardProps<T extends FieldValues> {
  form: ApiForm<T>;
  title: string;
  hint: string;
  /** The button, such as "See what would be cleared". */
  button: string;
  onLook: (event?: React.BaseSyntheticEvent) => Promise<void>;
  /** The dialog in which it is confirmed, once it was looked at. */
  dialog: ReactNode;
  children: ReactNode;
}

export function LookCard<T extends FieldValues>(props: LookCardProps<T>) {
  const { form, title, hint, button, onLook, dialog, children } = props;
  return (
    <form noValidate onSubmit={event => void onLook(event)}>
      <Card className="[&>div]:pt-5">
        {form.problem && (
          <Banner tone="error" title="Cannot be looked at" className="mb-4">
            {form.problem}
          </Banner>
        )}
        <FieldSection title={title} hint={hint}>
          {children}
          <div>
            <Button type="submit" loading={form.formState.isSubmitting}>
              {button}
            </Button>
          </div>
        </FieldSection>
      </Card>
      {dialog}
    </form>
  );
}
