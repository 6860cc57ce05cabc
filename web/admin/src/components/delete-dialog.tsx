import { ApiError, messageOf, type UsedBy } from '@/api/errors';
import { pathOf } from '@/lib/paths';
import { useState, type ReactNode } from 'react';
import { Banner } from './ui/banner';
import { Button } from './ui/button';
import { Field } from './ui/field';
import { Input } from './ui/input';
import { Modal } from './ui/modal';
import { toast } from './ui/toast';

interface DeleteDialogProps {
  /** Word for the kind of object, such as "campaign". */
  kind: string;
  name: string;
  /** What is lost. */
  children: ReactNode;
  /** The name must be typed, because traffic would be lost. */
  typeName?: boolean;
  onDelete: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before deleting. A thing in use is not deleted; the server says by whom it is used, and so does this dialog. */
export function DeleteDialog({ kind, name, children, typeName = false, onDelete, onDone, onClose }: DeleteDialogProps) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      await onDelete();
      toast.success(`Deleted “${name}”`);
      onDone();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  const ready = !typeName || typed.trim() === name.trim();
  return (
    <Modal
      title={`Delete ${kind} “${name}”?`}
      onClose={onClose}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" disabled={!ready} loading={busy} onClick={() => void run()}>
            Delete
          </Button>
        </>
      }
    >
      <div className="grid gap-3 text-sm">
        <div className="text-ink-soft">{children}</div>
        {typeName && (
          <Field label={`Type “${name}” to confirm`}>
            {control => (
              <Input {...control} value={typed} autoComplete="off" onChange={event => setTyped(event.target.value)} />
            )}
          </Field>
        )}
        {refusal !== null && <Refusal error={refusal} />}
      </div>
    </Modal>
  );
}

function Refusal({ error }: { error: unknown }) {
  const users = error instanceof ApiError ? error.usedBy : [];
  return (
    <Banner tone="error" title={users.length > 0 ? 'Still in use' : 'Not deleted'}>
      {messageOf(error)}
      {users.length > 0 && (
        <ul className="mt-1.5 list-disc pl-4">
          {users.map(user => (
            <li key={`${user.kind}/${user.id}`}>
              <User user={user} />
            </li>
          ))}
        </ul>
      )}
    </Banner>
  );
}

function User({ user }: { user: UsedBy }) {
  const path = pathOf(user.kind, user.id);
  const text = `${user.name} (${user.kind.replace(/s$/, '')})`;
  return path ? (
    <a href={path} className="text-accent-text underline">
      {text}
    </a>
  ) : (
    text
  );
}
