import { messageOf } from '@/api/errors';
import { cancelReplay, replayQuery } from '@/api/replays';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { useQuery } from '@tanstack/react-query';
import { Word } from './cells';

/** How far a replay is, and what became of the postbacks. */
export function ReplayProgress({ id }: { id: string }) {
  const { data: replay, error, refetch } = useQuery(replayQuery(id));
  if (error) {
    return (
      <Banner tone="error" title="The replay cannot be seen">
        {messageOf(error)}
      </Banner>
    );
  }
  const total = Math.max(replay?.total ?? 0, replay?.judged ?? 0);
  const stop = async () => {
    try {
      await cancelReplay(id);
      await refetch();
    } catch (refusal) {
      toast.error(messageOf(refusal));
    }
  };
  return (
    <div className="grid gap-3 text-sm" role="status">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">
          {replay?.state === 'done' ? 'Done' : replay?.state === 'cancelled' ? 'Stopped' : 'Judging again…'}
        </span>
        <span className="num text-ink-soft">
          {replay?.judged ?? 0} of {total}
        </span>
        {replay?.state === 'running' && (
          <Button size="sm" variant="ghost" className="ml-auto" onClick={() => void stop()}>
            Stop
          </Button>
        )}
      </div>
      <progress
        className="accent-accent h-2 w-full"
        aria-label="Judged again"
        max={total || 1}
        value={replay?.judged ?? 0}
      />
      {replay && replay.judged > 0 && (
        <ul className="border-line divide-line divide-y rounded-lg border">
          {Object.entries(replay.outcomes)
            .toSorted(([a], [b]) => a.localeCompare(b))
            .map(([word, count]) => (
              <li key={word} className="flex items-center justify-between px-3 py-1.5">
                <Word word={word} />
                <span className="num">{count}</span>
              </li>
            ))}
        </ul>
      )}
      {replay?.state === 'done' && (
        <p className="text-ink-soft">The log shows the new verdicts about a second after they are made.</p>
      )}
    </div>
  );
}
