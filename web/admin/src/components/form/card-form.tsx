/** A form on a card of a page, saved as a whole by the button below it. */
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import type { ReactNode } from 'react';
import type { FieldValues } from 'react-hook-form';
import type { ApiForm } from './use-api-form';

interface CardFormProps<T extends FieldValues> {
  form: ApiForm<T>;
  /** What `form.submit` gave. */
  save: (event: React.SyntheticEvent) => Promise<void>;
  /** Why this person may not save; nothing when they may. */
  lacks?: string | undefined;
  button?: string;
  children: ReactNode;
}

export function CardForm<T extends FieldValues>({ form, save, lacks, button = 'Save', children }: CardFormProps<T>) {
  return (
    <form noValidate onSubmit={event => void save(event)} className="grid gap-4">
      <Card className="[&>div]:pt-5">
        {form.problem && (
          <Banner tone="error" title="Not saved" className="mb-4">
            {form.problem}
          </Banner>
        )}
        {children}
      </Card>
      <div>
        <Button
          type="submit"
          variant="primary"
          loading={form.formState.isSubmitting}
          disabled={!form.formState.isDirty || Boolean(lacks)}
          title={lacks}
        >
          {button}
        </Button>
      </div>
    </form>
  );
}
