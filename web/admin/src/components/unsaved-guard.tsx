import { useBlocker } from '@tanstack/react-router';
import { Button } from './ui/button';
import { Modal } from './ui/modal';

/** Stops a link or the back button from throwing changes away unasked. Changes of the search alone pass. */
export function UnsavedGuard({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Modal
      title="Leave without saving?"
      width="sm"
      onClose={blocker.reset}
      footer={
        <>
          <Button onClick={blocker.reset}>Stay</Button>
          <Button variant="danger" onClick={blocker.proceed}>
            Discard changes
          </Button>
        </>
      }
    >
      <p className="text-ink-soft text-sm">Your changes to this page are not saved yet.</p>
    </Modal>
  );
}
