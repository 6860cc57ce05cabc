import { resendDeliveries, type ResendInput } from '@/api/deliveries';
import { messageOf } from '@/api/errors';
import { useLacksRole } from '@/api/session';
import type { DeliveryRow } from '@/api/types';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { useState } from 'react';

/** Sends one delivery again, or all that its output has given up. */
export function DeliveryAgain({ row }: { row: DeliveryRow }) {
  const lacks = useLacksRole('editor');
  const [busy, setBusy] = useState(false);
  const { output } = row;
  if (!output) return null;
  const send = async (wish: ResendInput) => {
    setBusy(true);
    try {
      const { queued, waiting, unknown, more } = await resendDeliveries(wish);
      if (queued > 0) toast.success(`${queued} sent again${more ? '; there are more' : ''}.`);
      else if (waiting > 0) toast.success('It waits to be sent already.');
      else toast.error(unknown > 0 ? 'It is not kept any more.' : 'Nothing was given up.');
    } catch (error) {
      toast.error(messageOf(error));
    }
    setBusy(false);
  };
  const delivery = { output_id: output.id, conversion_id: row.conversion_id, revision: row.revision };
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        loading={busy}
        disabled={lacks !== undefined}
        title={lacks}
        onClick={() => void send({ deliveries: [delivery] })}
      >
        Send again
      </Button>
      {row.outcome === 'dead' && (
        <Button
          variant="ghost"
          disabled={busy || lacks !== undefined}
          title={lacks}
          onClick={() => void send({ deliveries: [], dead_of: output.id })}
        >
          Send all that “{output.name}” gave up
        </Button>
      )}
    </div>
  );
}
