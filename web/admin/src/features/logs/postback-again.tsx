import { messageOf } from '@/api/errors';
import { createReplay } from '@/api/replays';
import { useLacksRole } from '@/api/session';
import type { PostbackRow } from '@/api/types';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { useState } from 'react';
import { ReplayProgress } from './replay-progress';

/** Judges one postback again. */
export function PostbackAgain({ row }: { row: PostbackRow }) {
  const lacks = useLacksRole('editor');
  const [started, setStarted] = useState('');
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      setStarted((await createReplay({ ids: [row.id] })).id);
    } catch (error) {
      toast.error(messageOf(error));
    }
    setBusy(false);
  };
  if (started) return <ReplayProgress id={started} />;
  return (
    <div>
      <Button loading={busy} disabled={lacks !== undefined} title={lacks} onClick={() => void start()}>
        Judge this one again
      </Button>
    </div>
  );
}
