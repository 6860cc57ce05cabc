/** How long single events are kept, and what was last deleted. */
import { replaceRetention, retentionQuery } from '@/api/retention';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { Retention } from '@/api/types';
import { CardForm } from '@/components/form/card-form';
import { TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { FieldSection } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { formatCount } from '@/lib/format';
import { formatDateTime } from '@/lib/time';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { KINDS, type RetentionValues, inputOf, valuesOf } from './retention-values';

export function RetentionForm({ opened }: { opened: Retention }) {
  const client = useQueryClient();
  const lacksAdmin = useLacksRole('admin');
  const form = useApiForm<RetentionValues>({ defaultValues: valuesOf(opened) });
  const save = form.submit(async values => {
    await replaceRetention(inputOf(values, opened.version));
    await client.invalidateQueries({ queryKey: ['retention'] });
    toast.success('Saved', 'What is older is deleted within a minute.');
  });
  return (
    <CardForm form={form} save={save} lacks={lacksAdmin}>
      <FieldSection
        title="Retention"
        hint="Single events that are older are deleted every day and cannot be brought back. Reports do not change: they are made of sums that stay."
      >
        <div className="grid max-w-xl items-start gap-3 sm:grid-cols-2">
          {KINDS.map(kind => (
            <TextField
              key={kind.name}
              form={form}
              name={kind.name}
              label={`${kind.label}, days`}
              hint={kind.hint}
              inputMode="numeric"
              placeholder="for ever"
            />
          ))}
        </div>
        <LastRun />
      </FieldSection>
    </CardForm>
  );
}

function LastRun() {
  const { timezone } = useWorkspace();
  const { data } = useSuspenseQuery(retentionQuery);
  if (!data.last_run_at) return null;
  const deleted = KINDS.flatMap(({ kind, label }) => {
    const rows = data.last_deleted[kind] ?? 0;
    return rows > 0 ? [`${label}: ${formatCount(rows)}`] : [];
  });
  return (
    <p className="text-ink-soft text-xs">
      Last looked at {formatDateTime(data.last_run_at, timezone)}:{' '}
      {deleted.length > 0 ? `deleted ${deleted.join(', ')}` : 'nothing was that old'}.
    </p>
  );
}
