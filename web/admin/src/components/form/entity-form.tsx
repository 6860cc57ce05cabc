/** The form of one object beside its list: made or changed, and deleted. */
import { useLacksRole } from '@/api/session';
import { Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { FieldValues } from 'react-hook-form';
import { DeleteDialog } from '../delete-dialog';
import { Button } from '../ui/button';
import { SideForm } from './side-form';
import type { ApiForm } from './use-api-form';

interface EntityFormProps<T extends FieldValues> {
  form: ApiForm<T>;
  /** What the opened object is called; null: a new one is made. */
  opened: string | null;
  texts: {
    /** Word for the kind of object, such as "alert". */
    kind: string;
    /** Above an opened one. */
    title: string;
    /** What a new one is for. */
    purpose: string;
    /** The button that makes it. */
    create: string;
    /** What is lost with it. */
    lost: ReactNode;
  };
  width?: 'xl';
  /** The name must be typed to delete it, because traffic would be lost. */
  typeName?: boolean;
  onSave: (event?: React.BaseSyntheticEvent) => Promise<void>;
  onDelete: () => Promise<unknown>;
  /** Looks at the lists again that it was in. */
  refresh: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}

export function EntityForm<T extends FieldValues>(props: EntityFormProps<T>) {
  const { form, opened, texts, width, typeName, onSave, onDelete, refresh, onClose, children } = props;
  const lacksEditor = useLacksRole('editor');
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <SideForm
        title={opened ?? `New ${texts.kind}`}
        description={opened === null ? texts.purpose : texts.title}
        onSubmit={onSave}
        onClose={onClose}
        saving={form.formState.isSubmitting}
        problem={form.problem}
        dirty={form.formState.isDirty}
        submitLabel={opened === null ? texts.create : 'Save'}
        locked={lacksEditor}
        {...(width ? { width } : {})}
        extra={
          opened !== null && (
            <Button variant="danger" disabled={Boolean(lacksEditor)} onClick={() => setDeleting(true)}>
              <Trash2 className="size-3.5" /> Delete…
            </Button>
          )
        }
      >
        {children}
      </SideForm>
      {deleting && opened !== null && (
        <DeleteDialog
          kind={texts.kind}
          name={opened}
          typeName={typeName}
          onDelete={onDelete}
          onDone={() => {
            void refresh();
            onClose();
          }}
          onClose={() => setDeleting(false)}
        >
          {texts.lost}
        </DeleteDialog>
      )}
    </>
  );
}
