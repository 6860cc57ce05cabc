import { vocabularyQuery } from '@/api/instance';
import { useLacksRole } from '@/api/session';
import { createSource, deleteSource, replaceSource } from '@/api/sources';
import type { Source } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { PickField, TextareaField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ParameterTable } from './parameter-table';
import { inputOf, previewQuery, valuesOf, type SourceValues } from './source-values';

export function SourceForm({ source, onClose }: { source: Source | null; onClose: () => void }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const [deleting, setDeleting] = useState(false);
  const form = useApiForm<SourceValues>({ defaultValues: valuesOf(source) });
  const preview = previewQuery(form.watch('parameters'));
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['sources'] }),
      client.invalidateQueries({ queryKey: ['campaigns', 'links'] }),
    ]);
  const save = form.submit(async values => {
    const input = inputOf(values, source?.version);
    const saved = source ? await replaceSource(source.id, input) : await createSource(input);
    await refresh();
    toast.success(`Saved “${saved.name}”`);
    onClose();
  });
  return (
    <>
      <SideForm
        title={source ? source.name : 'New traffic source'}
        description={source ? 'Traffic source' : 'Where traffic is bought, and what its link parameters mean'}
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={source ? 'Save' : 'Create source'}
        locked={lacksEditor}
        width="xl"
        extra={
          source && (
            <Button variant="danger" disabled={Boolean(lacksEditor)} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Delete…
            </Button>
          )
        }
      >
        <TextField form={form} name="name" label="Name" required="Name the source." autoFocus={!source} />
        <ParameterTable form={form} roles={vocabulary.parameter_roles} />
        <div>
          <p className="text-ink-soft text-xs font-medium">Campaign links will look like this</p>
          <p className="bg-sunken border-line mt-1 rounded-md border px-2.5 py-1.5 font-mono text-xs break-all">
            <span className="text-ink-faint">https://…/slug</span>
            {preview && `?${preview}`}
          </p>
        </div>
        <PickField
          form={form}
          name="currency"
          label="Currency of the cost parameter"
          none="Same as the campaign"
          options={currencyOptions()}
        />
        <TextareaField form={form} name="notes" label="Notes" optional />
      </SideForm>
      {deleting && source && (
        <DeleteDialog
          kind="traffic source"
          name={source.name}
          onDelete={() => deleteSource(source.id)}
          onDone={() => {
            void refresh();
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          Its past clicks stay in reports.
        </DeleteDialog>
      )}
    </>
  );
}
