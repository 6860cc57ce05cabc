import type { ReactNode } from 'react';
import { Banner } from './ui/banner';
import { Button } from './ui/button';
import { CopyField } from './ui/copy-field';
import { Modal } from './ui/modal';

interface ShownOnceProps {
  title: string;
  label: string;
  value: string;
  /** What to do when it gets lost. */
  lost: string;
  children?: ReactNode;
  onClose: () => void;
}

/** A secret that the server tells once: to be copied now. */
export function ShownOnce({ title, label, value, lost, children, onClose }: ShownOnceProps) {
  return (
    <Modal
      title={title}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="grid gap-3 text-sm">
        <CopyField value={value} label={label} multiline />
        <Banner tone="warning">It is shown this once and never again. If it gets lost, {lost}</Banner>
        {children}
      </div>
    </Modal>
  );
}
