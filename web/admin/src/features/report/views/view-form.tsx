import type { SavedView } from '@/api/types';
import { createView, replaceView, REPORTS } from '@/api/views';
import { TextField } from '@/components/form/fields';
import { FormModal } from '@/components/form/form-modal';
import { useApiForm } from '@/components/form/use-api-form';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { type ReportState, wholeQuery } from '../report-state';

interface ViewFormProps {
  state: ReportState;
  /** The view to rename; `null` keeps the report as a new one. */
  view: SavedView | null;
  lacksEditor: string | undefined;
  onSaved: (view: SavedView) => void;
  onClose: () => void;
}

export function ViewForm({ state, view, lacksEditor, onSaved, onClose }: ViewFormProps) {
  const form = useApiForm({ defaultValues: { name: view?.name ?? '', everybody: view?.everybody ?? false } });
  const save = form.submit(async ({ name, everybody }) => {
    const body = view
      ? { query: view.query, display: view.display, page: view.page, version: view.version }
      : { query: wholeQuery(state), display: { view: state.params.view }, page: REPORTS };
    const input = { ...body, name: name.trim(), everybody };
    const saved = view ? await replaceView(view.id, input) : await createView(input);
    toast.success(`Saved “${saved.name}”`);
    onSaved(saved);
  });
  return (
    <FormModal
      title={view ? 'Rename view' : 'Save as a view'}
      description="Grouping, columns, filters, range and order"
      width="sm"
      onSubmit={save}
      onClose={onClose}
      saving={form.formState.isSubmitting}
      problem={form.problem}
      submitLabel="Save view"
    >
      <TextField
        form={form}
        name="name"
        label="Name"
        required="Name the view."
        placeholder="ROI by campaign and country"
        autoFocus
      />
      <div>
        <Switch
          label="For everybody in the workspace"
          checked={form.watch('everybody')}
          disabled={Boolean(lacksEditor)}
          onChange={on => form.setValue('everybody', on)}
        />
        <p className="text-ink-faint mt-1 text-xs">
          {lacksEditor ?? 'Otherwise only you see it. A range such as “Last 7 days” moves along with time.'}
        </p>
      </div>
    </FormModal>
  );
}
