/** A metric of the workspace's own: its formula is checked by the server while it is typed. */
import { createCustomMetric, deleteCustomMetric, replaceCustomMetric } from '@/api/custom-metrics';
import type { CustomMetric, CustomMetricInput, MetricFormat, MetricInfo } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { SelectField, TextareaField, TextField } from '@/components/form/fields';
import { SideForm } from '@/components/form/side-form';
import { useApiForm } from '@/components/form/use-api-form';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FormulaField } from './formula-field';
import { keyOf } from './metric-key';

interface MetricFormProps {
  metric: CustomMetric | null;
  metrics: readonly MetricInfo[];
  locked: string | undefined;
  onClose: () => void;
  onSaved: (key: string) => void;
  onDeleted: (key: string) => void;
}

interface Values {
  title: string;
  key: string;
  formula: string;
  format: MetricFormat;
  decimals: string;
  description: string;
}

const FORMATS: { value: MetricFormat; label: string }[] = [
  { value: 'number', label: 'Number' },
  { value: 'money', label: 'Money' },
  { value: 'percent', label: 'Per cent' },
  { value: 'seconds', label: 'Duration in seconds' },
];

function valuesOf(metric: CustomMetric | null): Values {
  if (!metric) return { title: '', key: '', formula: '', format: 'number', decimals: '2', description: '' };
  const { title, key, formula, format, decimals, description } = metric;
  return { title, key: key.replace(/^custom_/, ''), formula, format, decimals: String(decimals), description };
}

function inputOf(values: Values, version?: number): CustomMetricInput {
  return {
    title: values.title.trim(),
    key: values.key.trim() || keyOf(values.title),
    formula: values.formula.trim(),
    format: values.format,
    decimals: Number(values.decimals),
    description: values.description.trim(),
    ...(version === undefined ? {} : { version }),
  };
}

export function MetricForm({ metric, metrics, locked, onClose, onSaved, onDeleted }: MetricFormProps) {
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const form = useApiForm<Values>({ defaultValues: valuesOf(metric) });
  const title = form.watch('title');
  const format = form.watch('format');
  const refresh = () => client.invalidateQueries({ queryKey: ['reports'] });
  const save = form.submit(async values => {
    const input = inputOf(values, metric?.version);
    const saved = metric ? await replaceCustomMetric(metric.id, input) : await createCustomMetric(input);
    await refresh();
    toast.success(`Saved “${saved.title}”`);
    onSaved(saved.key);
  });
  const places = Array.from({ length: format === 'money' ? 10 : 7 }, (_, index) => String(index));
  return (
    <>
      <SideForm
        title={metric ? metric.title : 'New metric'}
        description="Computed from the metrics that there are; for everybody in the workspace"
        onSubmit={save}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={metric ? 'Save' : 'Create metric'}
        locked={locked}
        extra={
          metric && (
            <Button variant="danger" disabled={Boolean(locked)} title={locked} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" aria-hidden="true" /> Delete…
            </Button>
          )
        }
      >
        <TextField
          form={form}
          name="title"
          label="Name"
          placeholder="Net profit per visitor"
          required="Name the metric."
          autoFocus={!metric}
        />
        <FormulaField
          metrics={metrics.filter(other => !other.key.startsWith('custom_'))}
          value={form.watch('formula')}
          error={form.errorAt('formula')}
          onChange={formula => {
            form.clearErrors('formula');
            form.setValue('formula', formula, { shouldDirty: true });
          }}
        />
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <SelectField
            form={form}
            name="format"
            label="Shown as"
            options={FORMATS}
            hint={format === 'percent' ? 'The formula gives 12.5 for 12.5 %: multiply by 100.' : undefined}
          />
          {format !== 'seconds' && (
            <SelectField
              form={form}
              name="decimals"
              label="Decimals"
              options={places.map(value => ({ value, label: value }))}
            />
          )}
        </div>
        <TextareaField form={form} name="description" label="What it means" optional rows={2} />
        <TextField
          form={form}
          name="key"
          label="Name in the API"
          optional
          mono
          placeholder={keyOf(title) || 'net_profit'}
          hint="Letters, digits and underscores; custom_ is put before it."
        />
      </SideForm>
      {deleting && metric && (
        <DeleteDialog
          kind="metric"
          name={metric.title}
          onDelete={() => deleteCustomMetric(metric.id)}
          onDone={() => {
            void refresh();
            onDeleted(metric.key);
          }}
          onClose={() => setDeleting(false)}
        >
          Saved views lose this column. Share links that show it stop working.
        </DeleteDialog>
      )}
    </>
  );
}
