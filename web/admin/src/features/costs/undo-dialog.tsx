import { messageOf } from '@/api/errors';
import type { CostCorrection } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { formatCount, formatExactMoney } from '@/lib/format';
import { useState } from 'react';
import { amountWords, spanWords } from './cost-words';

interface UndoDialogProps {
  correction: CostCorrection;
  which: string;
  currency: string;
  undo: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

export function UndoDialog({ correction, which, currency, undo, onDone, onClose }: UndoDialogProps) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await undo();
      toast.success('Undone', 'Reports show what the clicks cost before.');
      onDone();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      title="Undo this correction?"
      width="sm"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" loading={busy} onClick={() => void run()}>
            Undo
          </Button>
        </>
      }
    >
      <div className="grid gap-3 text-sm">
        <p className="text-ink-soft">
          {amountWords(correction)} for {spanWords(correction)}, {which}. {formatCount(correction.clicks)}{' '}
          {correction.clicks === 1 ? 'click goes' : 'clicks go'} back from{' '}
          {formatExactMoney(correction.after, currency)} to {formatExactMoney(correction.before, currency)}.
        </p>
        {refusal !== null && (
          <Banner tone="error" title="Not undone">
            {messageOf(refusal)}
          </Banner>
        )}
      </div>
    </Modal>
  );
}
