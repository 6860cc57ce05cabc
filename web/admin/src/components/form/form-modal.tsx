/** A form in a dialog or a sheet: its fields, what the server refused, and the buttons that send it or give it up. */
import { useId, type BaseSyntheticEvent, type ReactNode } from 'react';
import { Banner } from '../ui/banner';
import { Button } from '../ui/button';
import { Modal, type ModalProps } from '../ui/modal';

export interface FormModalProps extends Omit<ModalProps, 'footer'> {
  onSubmit: (event?: BaseSyntheticEvent) => Promise<void>;
  /** Required, so that no form forgets them. */
  saving: boolean;
  problem: string | null;
  submitLabel: string;
  /** Why saving is not possible; shown as the button's title. */
  locked?: string | undefined;
  /** Left end of the footer: delete and the like. */
  extra?: ReactNode;
  /** In place of “Cancel”, which closes. */
  cancel?: ReactNode;
}

export function FormModal(props: FormModalProps) {
  const { onSubmit, saving, problem, submitLabel, locked, extra, cancel, children, ...modal } = props;
  const formId = useId();
  return (
    <Modal
      {...modal}
      footer={
        <>
          {extra && <div className="mr-auto flex gap-2">{extra}</div>}
          {cancel ?? <Button onClick={modal.onClose}>Cancel</Button>}
          <Button
            variant="primary"
            type="submit"
            form={formId}
            loading={saving}
            disabled={Boolean(locked)}
            title={locked}
          >
            {submitLabel}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={event => void onSubmit(event)} className="grid gap-4">
        {problem && (
          <Banner tone="error" title="Not saved">
            {problem}
          </Banner>
        )}
        {children}
      </form>
    </Modal>
  );
}
