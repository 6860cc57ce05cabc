import { useLacksRole } from '@/api/session';
import { Button } from '@/components/ui/button';
import { UploadSheet } from './upload-sheet';
import { useState } from 'react';
import type { LogActionsProps } from './log-kinds';
import { ReplayDialog } from './replay-dialog';
import { Strays } from './strays';

/** Bringing conversions in, judging again, and what belongs to nobody. */
export function PostbackActions({ shown }: LogActionsProps) {
  const lacks = useLacksRole('editor');
  const noAdmin = useLacksRole('admin');
  const [open, setOpen] = useState<'' | 'strays' | 'upload' | { from: string }>('');
  const close = () => setOpen('');
  return (
    <>
      {noAdmin === undefined && (
        <Button variant="ghost" onClick={() => setOpen('strays')}>
          Unknown keys
        </Button>
      )}
      <Button disabled={lacks !== undefined} title={lacks} onClick={() => setOpen('upload')}>
        Upload…
      </Button>
      <Button disabled={lacks !== undefined} title={lacks} onClick={() => setOpen({ from: shown().from })}>
        Judge again…
      </Button>
      {open === 'strays' && <Strays onClose={close} />}
      {open === 'upload' && <UploadSheet onClose={close} />}
      {typeof open === 'object' && <ReplayDialog from={open.from} onClose={close} />}
    </>
  );
}
