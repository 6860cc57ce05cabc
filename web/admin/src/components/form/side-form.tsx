import { useId, useState, type ReactNode } from 'react';
import { Banner } from '../ui/banner';
import { Button } from '../ui/button';
import { Modal } from '../ui/modal';

interface SideFormProps {
  title: string;
  description?: ReactNode;
  onSubmit: (event?: React.BaseSyntheticEvent) => Promise<void>;
  onClose: () => void;
  /** Required, so that no form forgets them. */
  saving: boolean;
  problem: string | null;
  dirty: boolean;
  submitLabel: string;
  /** Why saving is not possible; shown as the button's title. */
  locked?: string | undefined;
  /** Left end of the footer: delete and the like. */
  extra?: ReactNode;
  width?: 'md' | 'lg' | 'xl';
  children: ReactNode;
}

/** The shell of every form that opens beside a list. */
export function SideForm(props: SideFormProps) {
  const {
    title,
    description,
    onSubmit,
    onClose,
    saving,
    problem,
    dirty,
    submitLabel,
    locked,
    extra,
    width = 'lg',
    children,
  } = props;
  const formId = useId();
  const [asking, setAsking] = useState(false);
  const mayClose = () => {
    if (!dirty || asking) return true;
    setAsking(true);
    return false;
  };
  return (
    <Modal
      shape="sheet"
      width={width}
      title={title}
      description={description}
      onClose={onClose}
      beforeClose={mayClose}
      footer={
        <>
          {extra && <div className="mr-auto flex gap-2">{extra}</div>}
          <Button onClick={() => (mayClose() ? onClose() : undefined)}>{asking ? 'Discard changes' : 'Cancel'}</Button>
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
        {asking && (
          <Banner tone="warning" title="There are unsaved changes">
            Save them, or choose “Discard changes”.
          </Banner>
        )}
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
