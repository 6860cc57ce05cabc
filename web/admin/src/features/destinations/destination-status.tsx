import { destinationStatusQuery } from '@/api/destinations';
import { useWorkspace } from '@/api/session';
import type { Destination, DestinationStatus } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { capText } from '@/lib/caps';
import { cn } from '@/lib/cn';
import { formatAgo, formatDateTime } from '@/lib/time';
import { useQuery } from '@tanstack/react-query';

const OUT = { unhealthy: 'health check fails', loss: 'loses too much' };

/** How the destination stands at this moment. Says nothing about one without limits. */
export function DestinationStatusView({ destination }: { destination: Destination }) {
  const { timezone } = useWorkspace();
  const { data } = useQuery(destinationStatusQuery(destination.id));
  const limited =
    destination.caps.length > 0 || destination.health || destination.loss_rule || destination.schedule !== null;
  if (!data || !limited) return null;
  return (
    <section aria-label="Now" className="border-line grid grid-cols-1 gap-2 rounded-lg border px-3 py-2.5">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <span className="font-medium">Now</span>
        <Badge tone={data.takes_traffic ? 'positive' : 'warning'} dot>
          {data.takes_traffic ? 'takes traffic' : 'takes no traffic'}
        </Badge>
        {data.out && <Badge tone="negative">{OUT[data.out]}</Badge>}
        {!data.open && <Badge tone="warning">outside its schedule</Badge>}
      </div>
      {data.health && <Health health={data.health} timezone={timezone} />}
      {data.caps.map((usage, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- caps have no identity
        <CapBar key={index} usage={usage} timezone={timezone} />
      ))}
      {data.loss && (
        <p className="text-ink-faint text-xs">
          Loss rule: {data.loss.counts.clicks} clicks, cost {data.loss.counts.cost}, revenue {data.loss.counts.revenue}{' '}
          in its window{data.loss.out && ' – out of rotation'}.
        </p>
      )}
    </section>
  );
}

function Health({ health, timezone }: { health: NonNullable<DestinationStatus['health']>; timezone: string }) {
  return (
    <p className={cn('text-xs', health.up ? 'text-ink-faint' : 'text-negative')}>
      {health.up ? 'Up' : 'Down'} since {formatDateTime(health.since, timezone)}, asked {formatAgo(health.checked_at)}
      {health.failures > 0 && `, ${health.failures} failures in a row`}
      {health.last_error && (!health.up || health.failures > 0) && `: ${health.last_error}`}
    </p>
  );
}

function CapBar({ usage, timezone }: { usage: DestinationStatus['caps'][number]; timezone: string }) {
  const share = Math.min(100, (Number(usage.counted) / Number(usage.cap.limit)) * 100) || 0;
  const label = `${usage.counted} of ${capText(usage.cap)}`;
  return (
    <div className="grid grid-cols-1 gap-1 text-xs">
      <div className="flex flex-wrap justify-between gap-x-3">
        <span className={usage.reached ? 'text-warning font-medium' : undefined}>{label}</span>
        {usage.since && <span className="text-ink-faint">since {formatDateTime(usage.since, timezone)}</span>}
      </div>
      <progress
        aria-label={label}
        max={100}
        value={Math.max(0, share)}
        className={cn('cap-bar h-1.5 w-full', usage.reached && 'cap-bar-full')}
      />
    </div>
  );
}
