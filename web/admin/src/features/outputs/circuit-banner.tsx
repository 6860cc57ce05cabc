import { circuitsQuery } from '@/api/outputs';
import { useWorkspace } from '@/api/session';
import type { OpenCircuit } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { formatAgo, formatDateTime } from '@/lib/time';
import { useQuery } from '@tanstack/react-query';

export const circuitText = (open: OpenCircuit) =>
  `${open.failures} failures in a row since ${formatAgo(open.since)}; the last: ${open.last_error}`;

/** Says that an output gets nothing for a while, and why. */
export function CircuitBanner({ id }: { id: string }) {
  const { timezone } = useWorkspace();
  const { data } = useQuery(circuitsQuery);
  const open = data?.items.find(circuit => circuit.output_id === id);
  if (!open) return null;
  return (
    <Banner tone="warning" title="Nothing is sent at the moment: the receiver fails">
      {circuitText(open)}. One delivery is tried at {formatDateTime(open.retry_at, timezone)}; what waits uses up no
      attempts.
    </Banner>
  );
}
