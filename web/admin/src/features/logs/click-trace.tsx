import { vocabularyQuery } from '@/api/instance';
import type { ClickRow } from '@/api/types';
import { TraceView } from '@/components/trace/trace-view';
import { buttonClass } from '@/components/ui/button';
import { Loading } from '@/components/ui/spinner';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import type { LogContext } from './log-context';

/** Why the click went where it went, and the way to the simulator. */
export function ClickTrace({ row, context }: { row: ClickRow; context: LogContext }) {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  return (
    <section className="grid grid-cols-1 gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-sm font-semibold">Why it went there</h3>
        {row.campaign && (
          <Link
            to="/campaigns/$id"
            params={{ id: row.campaign.id }}
            search={{ tab: 'simulator', click: row.id }}
            className={buttonClass('secondary', 'sm')}
          >
            <FlaskConical className="size-3.5" aria-hidden="true" /> Simulate this click again
          </Link>
        )}
      </div>
      {row.trace === null ? (
        <p className="text-ink-faint text-xs">
          The reasons of this click were not kept. They are of a sample of clicks, and of every click that ended in a
          fallback. Simulating it shows what would happen now.
        </p>
      ) : vocabulary ? (
        <TraceView trace={row.trace} words={vocabulary} timezone={context.timezone} />
      ) : (
        <Loading />
      )}
    </section>
  );
}
