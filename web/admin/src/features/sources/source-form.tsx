import { messageOf } from '@/api/errors';
import { vocabularyQuery } from '@/api/instance';
import { useLacksRole } from '@/api/session';
import { createOutput } from '@/api/outputs';
import { createSource, deleteSource, replaceSource } from '@/api/sources';
import { sourceTemplatesQuery } from '@/api/templates';
import type { Source } from '@/api/types';
import { EntityForm } from '@/components/form/entity-form';
import { PickField, TextareaField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { TemplatePicker } from '@/components/template-picker';
import { toast } from '@/components/ui/toast';
import { currencyOptions } from '@/lib/currencies';
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { ParameterTable } from './parameter-table';
import { NewPostback } from './new-postback';
import {
  inputOf,
  ownParts,
  postbackOf,
  previewQuery,
  templateValues,
  valuesOf,
  type SourceValues,
} from './source-values';

const TEXTS = {
  kind: 'traffic source',
  title: 'Traffic source',
  purpose: 'Where traffic is bought, and what its link parameters mean',
  create: 'Create source',
  lost: 'Its past clicks stay in reports.',
};

export function SourceForm({ source, onClose }: { source: Source | null; onClose: () => void }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const { data: templates = [] } = useQuery({ ...sourceTemplatesQuery, enabled: !source && !lacksEditor });
  const form = useApiForm<SourceValues>({ defaultValues: valuesOf(source) });
  const preview = previewQuery(form.watch('parameters'));
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['sources'] }),
      client.invalidateQueries({ queryKey: ['campaigns', 'links'] }),
    ]);
  const save = form.submit(async values => {
    const told = !source && values.postback.told;
    const missing = told ? ownParts(values.postback.url) : [];
    if (missing.length > 0) {
      form.setError('postback.url', { message: `Replace ${missing.join(' and ')} by what your account shows.` });
      return;
    }
    const input = inputOf(values, source?.version);
    const saved = source ? await replaceSource(source.id, input) : await createSource(input);
    const refused = told ? await tell(values, saved.id) : null;
    await refresh();
    if (refused) toast.error(`Saved “${saved.name}” without its postback`, refused);
    else toast.success(`Saved “${saved.name}”`, told ? 'It is told of conversions.' : undefined);
    onClose();
  });
  const tell = async (values: SourceValues, id: string): Promise<string | null> => {
    try {
      await createOutput(postbackOf(values, id));
      await client.invalidateQueries({ queryKey: ['outputs'] });
      return null;
    } catch (error) {
      return messageOf(error);
    }
  };
  return (
    <EntityForm
      form={form}
      opened={source && source.name}
      texts={TEXTS}
      width="xl"
      onSave={save}
      onDelete={async () => source && deleteSource(source.id)}
      refresh={refresh}
      onClose={onClose}
    >
      {!source && templates.length > 0 && (
        <TemplatePicker
          label="traffic sources"
          templates={templates}
          onPick={template => {
            const values = templateValues(template);
            form.setValue('name', values.name, { shouldDirty: true, shouldValidate: true });
            form.setValue('parameters', values.parameters, { shouldDirty: true });
            form.setValue('postback', values.postback, { shouldDirty: true });
            form.clearErrors();
          }}
        />
      )}
      <TextField form={form} name="name" label="Name" required="Name the source." autoFocus={!source} />
      <ParameterTable form={form} roles={vocabulary.parameter_roles} />
      <div>
        <p className="text-ink-soft text-xs font-medium">Campaign links will look like this</p>
        <p className="bg-sunken border-line mt-1 rounded-md border px-2.5 py-1.5 font-mono text-xs break-all">
          <span className="text-ink-faint">https://…/slug</span>
          {preview && `?${preview}`}
        </p>
      </div>
      {!source && <NewPostback form={form} macros={vocabulary.output_macros} />}
      <PickField
        form={form}
        name="currency"
        label="Currency of the cost parameter"
        none="Same as the campaign"
        options={currencyOptions()}
      />
      <TextareaField form={form} name="notes" label="Notes" optional />
    </EntityForm>
  );
}
