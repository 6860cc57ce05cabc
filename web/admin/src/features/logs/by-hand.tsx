import { conversionQuery, deleteConversions, restoreConversions } from '@/api/conversions';
import { messageOf } from '@/api/errors';
import { conversionHistoryQuery } from '@/api/logs';
import { useLacksRole } from '@/api/session';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { toast } from '@/components/ui/toast';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { TimeCell } from './cells';
import type { LogContext } from './log-context';

const REPEATS = {
  transaction: 'each transaction is a conversion',
  keep: 'one for each click, the first amount stands',
  replace: 'one for each click, the last postback counts',
  add: 'one for each click, amounts are added',
};

/** How often the conversion is asked for after a wish, and how long it is waited for. */
const ASK_MS = 400;
const WAIT_MS = 30_000;
/** When a change is in the log. */
const LOGGED_MS = 1_500;

/** What people did to a conversion, and the buttons to do it. */
export function ByHand({ id, context }: { id: string; context: LogContext }) {
  const client = useQueryClient();
  const lacks = useLacksRole('editor');
  const { data } = useQuery({ ...conversionQuery(id), retry: false });
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  if (!data) return null;
  const change = async () => {
    setBusy(true);
    try {
      await (data.deleted ? restoreConversions : deleteConversions)([id], note.trim());
      const until = Date.now() + WAIT_MS;
      for (;;) {
        const now = await client.fetchQuery({ ...conversionQuery(id), staleTime: 0 });
        if (now.deleted !== data.deleted) break;
        if (Date.now() > until) throw new Error('It is taken and not done yet; look again in a moment.');
        await new Promise(resolve => setTimeout(resolve, ASK_MS));
      }
      toast.success(data.deleted ? 'Restored' : 'Deleted');
      setAsking(false);
      setNote('');
      // The list stays: its rows have the number of the state in their names, so this one would close. The log knows a moment later.
      setTimeout(() => void client.invalidateQueries(conversionHistoryQuery(id)), LOGGED_MS);
    } catch (error) {
      toast.error(messageOf(error));
    }
    setBusy(false);
  };
  return (
    <div className="mt-3 grid gap-2 text-sm">
      <p className="text-ink-faint text-xs">A repeat: {REPEATS[data.repeat]}.</p>
      {data.hands.map(hand => (
        <p key={hand.revision} className="flex flex-wrap items-center gap-x-2">
          <TimeCell at={hand.at} timezone={context.timezone} />
          <span>
            {hand.action === 'delete' ? 'Deleted' : 'Restored'} by {hand.who}
            {hand.note && <span className="text-ink-soft"> – {hand.note}</span>}
          </span>
        </p>
      ))}
      {asking ? (
        <form
          className="flex flex-wrap items-center gap-2"
          onSubmit={event => {
            event.preventDefault();
            void change();
          }}
        >
          <Input
            aria-label="Why"
            placeholder="Why, for the history"
            maxLength={200}
            autoFocus
            className="max-w-72"
            value={note}
            onChange={event => setNote(event.target.value)}
          />
          <Button type="submit" variant={data.deleted ? 'primary' : 'danger'} loading={busy}>
            {data.deleted ? 'Restore' : 'Delete'}
          </Button>
          <Button onClick={() => setAsking(false)}>Cancel</Button>
          <p className="text-ink-faint w-full text-xs">
            {data.deleted
              ? 'It counts again as its postbacks say, including those that came meanwhile.'
              : 'It counts nothing any more in reports and caps. Its history stays, and it can be restored.'}
          </p>
        </form>
      ) : (
        <div>
          <Button size="sm" disabled={lacks !== undefined} title={lacks} onClick={() => setAsking(true)}>
            {data.deleted ? <RotateCcw className="size-3.5" /> : <Trash2 className="size-3.5" />}
            {data.deleted ? 'Restore…' : 'Delete…'}
          </Button>
        </div>
      )}
    </div>
  );
}
