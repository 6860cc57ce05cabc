import { type DeadLettersRetried, retryDeadLetters } from '@/api/dead-letters';
import { messageOf } from '@/api/errors';
import type { DeadLetterRow } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LogActionsProps } from './log-kinds';

type Wish = Parameters<typeof retryDeadLetters>[0];

/** Tries letters again and says what became of them. */
function useRetry() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<DeadLettersRetried>();
  const [refusal, setRefusal] = useState<unknown>(null);
  const run = async (wish: Wish) => {
    setBusy(true);
    setRefusal(null);
    try {
      setResult(await retryDeadLetters(wish, setResult));
    } catch (error) {
      setRefusal(error);
    }
    setBusy(false);
    await client.invalidateQueries({ queryKey: ['logs', 'dead_letters'] });
  };
  return { busy, result, refusal, run };
}

function Outcome({ result, refusal }: { result: DeadLettersRetried | undefined; refusal: unknown }) {
  return (
    <div className="grid gap-3" role="status">
      {refusal !== null && (
        <Banner tone="error" title="Not possible">
          {messageOf(refusal)}
        </Banner>
      )}
      {result && (
        <Banner tone={result.failed > 0 ? 'warning' : 'success'} title={`${result.written} written`}>
          {result.failed > 0 && `${result.failed} still refused; each says why. `}
          {result.skipped > 0 && `${result.skipped} were written already.`}
          {result.failed + result.skipped === 0 && 'They count in reports now, each once.'}
        </Banner>
      )}
    </div>
  );
}

/** One letter, from its drawer. */
export function DeadLetterAgain({ row }: { row: DeadLetterRow }) {
  const { busy, result, refusal, run } = useRetry();
  return (
    <div className="grid gap-3">
      {!row.written && (
        <div>
          <Button loading={busy} onClick={() => void run([row.id])}>
            Try this one again
          </Button>
        </div>
      )}
      <Outcome result={result} refusal={refusal} />
    </div>
  );
}

/** Those that are ticked, or all that the log shows. */
export function DeadLetterActions({ shown, selection }: LogActionsProps) {
  const [open, setOpen] = useState(false);
  const chosen = selection?.ids ?? [];
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        {chosen.length > 0 ? `Try ${chosen.length} again…` : 'Try all again…'}
      </Button>
      {open && (
        <RetryDialog
          ids={chosen}
          wish={shown()}
          onClose={() => {
            setOpen(false);
            selection?.clear();
          }}
        />
      )}
    </>
  );
}

interface RetryDialogProps {
  ids: readonly string[];
  wish: Exclude<Wish, readonly string[]>;
  onClose: () => void;
}

function RetryDialog({ ids, wish, onClose }: RetryDialogProps) {
  const { busy, result, refusal, run } = useRetry();
  // What is ticked goes out of the table while it is tried.
  const [start] = useState<Wish>(() => (ids.length > 0 ? [...ids] : wish));
  const done = result !== undefined && !busy;
  return (
    <Modal
      title={ids.length > 0 ? `Try ${ids.length} again` : 'Try all again'}
      description="Each record is read with the program of today. What can be written now is written once, however often this is repeated; what cannot stays, with the newest reason."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{done ? 'Close' : 'Cancel'}</Button>
          {!done && (
            <Button variant="primary" loading={busy} onClick={() => void run(start)}>
              Try again
            </Button>
          )}
        </>
      }
    >
      {result === undefined && refusal === null ? (
        <p className="text-ink-soft text-sm">
          {ids.length > 0
            ? 'The ticked records are tried.'
            : 'All records of the time and filters of the log that are not written yet are tried.'}
        </p>
      ) : (
        <Outcome result={result} refusal={refusal} />
      )}
    </Modal>
  );
}
