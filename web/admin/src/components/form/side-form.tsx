import { useState } from 'react';
import { Banner } from '../ui/banner';
import { Button } from '../ui/button';
import { FormModal, type FormModalProps } from './form-modal';

interface SideFormProps extends Omit<FormModalProps, 'shape' | 'beforeClose' | 'cancel'> {
  /** Required, so that no form forgets it. */
  dirty: boolean;
}

/** The shell of every form that opens beside a list: changes are not lost by a slip. */
export function SideForm({ dirty, children, ...form }: SideFormProps) {
  const [asking, setAsking] = useState(false);
  const mayClose = () => {
    if (!dirty || asking) return true;
    setAsking(true);
    return false;
  };
  return (
    <FormModal
      width="lg"
      {...form}
      shape="sheet"
      beforeClose={mayClose}
      cancel={
        <Button onClick={() => (mayClose() ? form.onClose() : undefined)}>
          {asking ? 'Discard changes' : 'Cancel'}
        </Button>
      }
    >
      {asking && (
        <Banner tone="warning" title="There are unsaved changes">
          Save them, or choose “Discard changes”.
        </Banner>
      )}
      {children}
    </FormModal>
  );
}
