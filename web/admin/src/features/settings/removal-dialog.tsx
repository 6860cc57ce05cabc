/** Removing something for good: looked at first, confirmed by typing a word, refused with the reason. */
import { messageOf } from '@/api/errors';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

interface RemovalDialogProps {
  title: string;
  /** What is typed; the button says it too. */
  word: string;
  /** There is nothing to remove: the dialog only tells so. */
  nothing: boolean;
  /** Asks for it. */
  run: () => Promise<unknown>;
  /** The list that has it from then on. */
  listed: string;
  /** Titles of the message when it was asked for, and of the refusal. */
  begun: string;
  refused: string;
  onDone?: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function RemovalDialog(props: RemovalDialogProps) {
  const { title, word, nothing, run, listed, begun, refused, onDone, onClose, children } = props;
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const remove = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await run();
      await client.invalidateQueries({ queryKey: [listed] });
      toast.success(begun, 'The list says when nothing is left.');
      onDone?.();
      onClose();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      title={title}
      width="sm"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{nothing ? 'Close' : 'Cancel'}</Button>
          {!nothing && (
            <Button variant="danger" loading={busy} disabled={typed.trim() !== word} onClick={() => void remove()}>
              {word.charAt(0).toUpperCase() + word.slice(1)}
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-3 text-sm">
        <p className="text-ink-soft">{children}</p>
        {!nothing && (
          <>
            <Banner tone="warning">
              It cannot be undone. What comes later about these clicks is refused, and told why.
            </Banner>
            <Field label={`Type “${word}” to confirm`}>
              {control => (
                <Input {...control} value={typed} autoComplete="off" onChange={event => setTyped(event.target.value)} />
              )}
            </Field>
          </>
        )}
        {refusal !== null && (
          <Banner tone="error" title={refused}>
            {messageOf(refusal)}
          </Banner>
        )}
      </div>
    </Modal>
  );
}
