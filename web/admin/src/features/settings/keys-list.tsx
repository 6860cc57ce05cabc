import { apiKeysQuery, createApiKey, deleteApiKey } from '@/api/api-keys';
import { useWorkspace } from '@/api/session';
import type { ApiKey } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { DeleteDialog } from '@/components/delete-dialog';
import { ErrorView } from '@/components/error-view';
import { SelectField, TextField } from '@/components/form/fields';
import { FormModal } from '@/components/form/form-modal';
import { useApiForm } from '@/components/form/use-api-form';
import { NameCell } from '@/components/name-cell';
import { menuColumn } from '@/components/row-menu';
import { ShownOnce } from '@/components/shown-once';
import { Badge } from '@/components/ui/badge';
import { Button, buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Loading } from '@/components/ui/spinner';
import { formatDate } from '@/lib/time';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ROLE_OPTIONS } from './users-list';

export function KeysList() {
  const client = useQueryClient();
  const { timezone } = useWorkspace();
  const { data, error, refetch } = useQuery(apiKeysQuery);
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<ApiKey | null>(null);
  const columns: ColumnDef<ApiKey>[] = [
    { id: 'name', header: 'Key', cell: ({ row }) => <NameCell name={row.original.name} /> },
    {
      id: 'prefix',
      header: 'Begins with',
      cell: ({ row }) => <code className="font-mono text-xs">{row.original.prefix}…</code>,
    },
    { id: 'role', header: 'Role', cell: ({ row }) => <Badge>{row.original.role}</Badge> },
    { id: 'created', header: 'Made', cell: ({ row }) => formatDate(row.original.created_at, timezone) },
    {
      id: 'expires',
      header: 'Expires',
      cell: ({ row: { original } }) => (original.expires_at ? formatDate(original.expires_at, timezone) : 'never'),
    },
    menuColumn<ApiKey>(
      row => row.name,
      row => [{ label: 'Revoke…', icon: <Trash2 />, danger: true, onSelect: () => setDeleting(row) }],
    ),
  ];
  const add = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus className="size-3.5" /> New key
    </Button>
  );
  return (
    <>
      <Card
        flush
        className="overflow-hidden"
        title="API keys"
        hint="For programs. All that this admin does, a key can do too."
        actions={
          <>
            <a href="/api/docs" target="_blank" rel="noreferrer" className={buttonClass('ghost')}>
              API documentation
            </a>
            {data && data.length > 0 && add}
          </>
        }
      >
        {error && <ErrorView error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Loading />}
        {data && (
          <DataTable
            label="API keys"
            columns={columns}
            rows={data}
            rowId={row => row.id}
            empty={
              <EmptyState icon={<KeyRound />} title="No API keys yet" actions={add}>
                Make a key for each program that reads reports or changes campaigns, so that you can revoke one without
                the others.
              </EmptyState>
            }
          />
        )}
      </Card>
      {creating && <CreateKey onClose={() => setCreating(false)} />}
      {deleting && (
        <DeleteDialog
          kind="API key"
          name={deleting.name}
          onDelete={() => deleteApiKey(deleting.id)}
          onDone={() => {
            setDeleting(null);
            void client.invalidateQueries({ queryKey: ['api-keys'] });
          }}
          onClose={() => setDeleting(null)}
        >
          Programs that use it are refused at once.
        </DeleteDialog>
      )}
    </>
  );
}

function CreateKey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [key, setKey] = useState<string | null>(null);
  const form = useApiForm({ defaultValues: { name: '', role: 'viewer' as ApiKey['role'], expires: '' } });
  const save = form.submit(async values => {
    const made = await createApiKey({
      name: values.name.trim(),
      role: values.role,
      ...(values.expires ? { expires_at: `${values.expires}T23:59:59Z` } : {}),
    });
    setKey(made.key);
    await client.invalidateQueries({ queryKey: ['api-keys'] });
  });
  if (key) {
    return (
      <ShownOnce
        title="Copy the key now"
        label="API key"
        value={key}
        lost="revoke it and make another."
        onClose={onClose}
      >
        <p className="text-ink-faint">
          Send it as <code className="font-mono text-xs">Authorization: Bearer …</code> or{' '}
          <code className="font-mono text-xs">Api-Key: …</code>
        </p>
      </ShownOnce>
    );
  }
  return (
    <FormModal
      title="New API key"
      onSubmit={save}
      onClose={onClose}
      saving={form.formState.isSubmitting}
      problem={form.problem}
      submitLabel="Create key"
    >
      <TextField
        form={form}
        name="name"
        label="Name"
        required="Name the key after the program."
        placeholder="Nightly export"
        autoFocus
      />
      <SelectField form={form} name="role" label="Role" options={ROLE_OPTIONS} />
      <label className="grid gap-1">
        <span className="text-ink-soft text-xs font-medium">
          Expires <span className="text-ink-faint font-normal">(optional)</span>
        </span>
        <input
          type="date"
          className="border-line-strong bg-surface h-8 w-44 rounded-md border px-2.5 text-sm dark:bg-sunken"
          {...form.register('expires')}
        />
      </label>
    </FormModal>
  );
}
