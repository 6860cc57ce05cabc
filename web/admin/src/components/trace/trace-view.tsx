import type { AlternativeTrace, Draw, RouteTrace, StreamTrace, Trace } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { choosingMode, CHOOSING_TITLES } from '@/lib/caps';
import { cn } from '@/lib/cn';
import type { RuleWords } from '@/lib/rule-words';
import { CornerDownRight, Forward } from 'lucide-react';
import { RuleTraceView } from './rule-trace';
import { capReached, drawText, ROUTE_STATES, TRAFFICBACKS, VERDICTS } from './trace-words';

interface TraceViewProps {
  trace: Trace;
  words: RuleWords;
  timezone: string;
}

/** A decision as a tree: every stream, rule, limit and route with why it came out so. */
export function TraceView({ trace, words, timezone }: TraceViewProps) {
  const hops = trace.passed_through;
  const steps = [{ campaign: trace.campaign, streams: trace.streams }, ...hops];
  return (
    <div className="grid grid-cols-1 gap-4">
      {steps.map((step, index) => (
        <section key={step.campaign.id} className="grid grid-cols-1 gap-2">
          {index > 0 && (
            <p className="text-ink-soft flex items-center gap-1.5 text-sm">
              <Forward className="size-4" aria-hidden="true" /> Handed over to campaign{' '}
              <span className="font-medium">{step.campaign.name}</span>
            </p>
          )}
          {step.streams.length === 0 && <p className="text-ink-faint text-sm">The campaign has no streams.</p>}
          <ol className="grid grid-cols-1 gap-2">
            {step.streams.map(stream => (
              <Stream
                key={stream.stream_id}
                stream={stream}
                chose={index === steps.length - 1 && stream.verdict === 'taken'}
                trace={trace}
                words={words}
                timezone={timezone}
              />
            ))}
          </ol>
        </section>
      ))}
      {trace.campaign_cap && (
        <p className="text-warning text-sm">
          A cap of the campaign is reached: {capReached(trace.campaign_cap, timezone)}.
        </p>
      )}
      {trace.trafficback && (
        <p className="text-warning text-sm">
          The visitor goes to trafficback, {TRAFFICBACKS[trace.trafficback]} address.
        </p>
      )}
    </div>
  );
}

interface StreamProps extends TraceViewProps {
  stream: StreamTrace;
  /** Whether landing and destination were chosen here. */
  chose: boolean;
}

function Stream({ stream, chose, trace, words, timezone }: StreamProps) {
  const verdict = VERDICTS[stream.verdict];
  const taken = stream.verdict === 'taken';
  const idle = stream.verdict === 'not_reached' || stream.verdict === 'switched_off';
  return (
    <li
      className={cn(
        'border-line grid grid-cols-1 gap-2 rounded-lg border px-3.5 py-2.5',
        taken && 'border-positive/50 bg-positive-soft/40',
      )}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className={cn('font-medium', idle && 'text-ink-faint')}>{stream.name}</span>
        <Badge>{stream.kind}</Badge>
        <Badge tone={verdict.tone}>{verdict.label}</Badge>
        {stream.turn !== null && <span className="text-ink-faint text-xs">asked in turn {stream.turn}</span>}
      </div>
      {stream.rules && <RuleTraceView rule={stream.rules} words={words} />}
      {stream.cap && <p className="text-warning text-xs">{capReached(stream.cap, timezone)}.</p>}
      {chose && stream.kind === 'regular' && trace.streams_by && (
        <p className="text-ink-faint text-xs">The stream was {drawText(trace.streams_by, timezone)}.</p>
      )}
      {chose && trace.landings.length > 0 && (
        <Routes title="Landing" routes={trace.landings} by={trace.landing_by} timezone={timezone} />
      )}
      {chose && trace.routes.length > 0 && (
        <Routes
          title={`Destination${trace.choosing ? `, ${CHOOSING_TITLES[choosingMode(trace.choosing).type].toLowerCase()}` : ''}`}
          routes={trace.routes}
          by={trace.route_by}
          timezone={timezone}
        />
      )}
    </li>
  );
}

interface RoutesProps {
  title: string;
  routes: RouteTrace[];
  by: Draw | null;
  timezone: string;
}

function Routes({ title, routes, by, timezone }: RoutesProps) {
  return (
    <div className="text-xs">
      <p className="text-ink-soft mb-1">
        {title}
        {by && <span className="text-ink-faint"> – {drawText(by, timezone)}</span>}
      </p>
      <ul className="grid grid-cols-1 gap-1 pl-1.5">
        {routes.map((route, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a trace never changes, and a destination can be there twice
          <li key={index} className={cn('flex items-start gap-1.5', !route.chosen && 'text-ink-faint')}>
            <CornerDownRight className="mt-0.5 size-3.5 shrink-0" aria-hidden="true" />
            <span className="min-w-0">
              <span className={cn(route.chosen && 'font-medium')}>{route.destination.name}</span> – weight{' '}
              {route.weight}
              {route.share !== null && `, ${(route.share / 10_000).toFixed(1)} % of what is not explored`}
              {route.chosen && ', chosen'}
              {ROUTE_STATES[route.state] && `, ${ROUTE_STATES[route.state]}`}
              {route.cap && ` (${capReached(route.cap, timezone)})`}
              {route.reason && <span className="text-ink-faint block">{route.reason}</span>}
              {route.alternatives.map(alternative => (
                <Alternative key={alternative.destination.id} alternative={alternative} timezone={timezone} />
              ))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Alternative({ alternative, timezone }: { alternative: AlternativeTrace; timezone: string }) {
  return (
    <span className="block pl-3">
      alternative {alternative.destination.name}
      {alternative.state === 'available' ? ' gets its clicks' : `: ${ROUTE_STATES[alternative.state]}`}
      {alternative.cap && ` (${capReached(alternative.cap, timezone)})`}
    </span>
  );
}
