import { messageOf } from '@/api/errors';
import { conversionHistoryQuery } from '@/api/logs';
import type { ConversionRow } from '@/api/types';
import { useQuery } from '@tanstack/react-query';
import { ByHand } from './by-hand';
import { TimeCell } from './cells';
import { StatusWord, Worth } from './conversions';
import type { LogContext } from './log-context';

/** Every state that the conversion has had, oldest first. */
export function ConversionHistory({ row, context }: { row: ConversionRow; context: LogContext }) {
  const { data, error } = useQuery(conversionHistoryQuery(row.id));
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-semibold">History</h3>
      {error && <p className="text-negative text-sm">{messageOf(error)}</p>}
      <ol className="border-line divide-line divide-y rounded-lg border text-sm">
        {(data?.items ?? [row])
          .toSorted((a, b) => a.revision - b.revision)
          .map(state => (
            <li key={state.revision} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
              <TimeCell at={state.at} timezone={context.timezone} />
              <StatusWord row={state} />
              {state.second_status && <span className="text-ink-faint text-xs">{state.second_status}</span>}
              <span className="ml-auto">
                <Worth row={state} />
              </span>
            </li>
          ))}
      </ol>
      <ByHand id={row.id} context={context} />
    </section>
  );
}
