import { createShareLink } from '@/api/shares';
import type { ShareLink } from '@/api/types';
import { TextField } from '@/components/form/fields';
import { FormModal } from '@/components/form/form-modal';
import { useApiForm } from '@/components/form/use-api-form';
import { ShownOnce } from '@/components/shown-once';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Switch } from '@/components/ui/toggle';
import { todayIn } from '@/lib/time';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LockKeyhole } from 'lucide-react';
import { useState } from 'react';
import { type ReportState, wholeQuery } from '../report-state';
import type { ReportWords } from '../report-words';
import { WordsList } from '../words-list';

interface ShareDialogProps {
  state: ReportState;
  words: ReportWords;
  suggestion: string;
  locked: string | undefined;
  onClose: () => void;
}

interface Values {
  name: string;
  password: string;
  expires_at: string;
  range_open: boolean;
}

export function ShareDialog({ state, words, suggestion, locked, onClose }: ShareDialogProps) {
  const client = useQueryClient();
  const [made, setMade] = useState<ShareLink | null>(null);
  const form = useApiForm<Values>({
    defaultValues: { name: suggestion, password: '', expires_at: '', range_open: false },
  });
  const save = form.submit(async values => {
    const link = await createShareLink({
      name: values.name.trim(),
      query: wholeQuery(state),
      range_open: values.range_open,
      ...(values.password ? { password: values.password } : {}),
      ...(values.expires_at ? { expires_at: `${values.expires_at}T23:59:59Z` } : {}),
    });
    setMade(link);
    await client.invalidateQueries({ queryKey: ['share-links'] });
  });
  if (made) {
    return (
      <ShownOnce
        title="Copy the link now"
        label="share link"
        value={made.url ?? ''}
        lost="end it under “All links” and make another."
        onClose={onClose}
      >
        {made.has_password && (
          <p className="text-ink-faint">Readers are asked for the password; send it by another way than the link.</p>
        )}
      </ShownOnce>
    );
  }
  return (
    <FormModal
      title="Share this report"
      description="Whoever has the link reads it without an account"
      onSubmit={save}
      onClose={onClose}
      saving={form.formState.isSubmitting}
      problem={form.problem}
      submitLabel="Make link"
      locked={locked}
      extra={
        !locked && (
          <Link to="/share-links" className="text-accent-text text-sm hover:underline">
            All links
          </Link>
        )
      }
    >
      <TextField
        form={form}
        name="name"
        label="Title"
        required="Give the report a title."
        hint="Readers see it above the figures."
        autoFocus
      />
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          form={form}
          name="password"
          label="Password"
          optional
          type="password"
          autoComplete="new-password"
          hint="At least 10 characters; tell it apart from the link."
        />
        <Field label="Ends after" optional error={form.errorAt('expires_at')} hint="Left empty, it never ends.">
          {control => <Input {...control} type="date" min={todayIn('UTC')} {...form.register('expires_at')} />}
        </Field>
      </div>
      <Switch
        label="Readers may choose another date range"
        checked={form.watch('range_open')}
        onChange={on => form.setValue('range_open', on)}
      />
      <div className="grid gap-1.5">
        <p className="text-ink-soft flex items-center gap-1.5 text-xs font-medium">
          <LockKeyhole className="size-3.5" aria-hidden="true" /> Locked: readers see this and nothing else
        </p>
        <WordsList
          words={words}
          note="Readers can sort, and leave groupings out. They cannot lift a filter, add a column, or see the workspace’s name."
        />
      </div>
    </FormModal>
  );
}
