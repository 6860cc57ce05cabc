import type { CriterionInfo, RouteTrace, Simulation, StreamTrace } from '@/api/types';
import { Badge, type BadgeTone } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { CopyField } from '@/components/ui/copy-field';
import { cn } from '@/lib/cn';
import { formatExactMoney } from '@/lib/format';
import { countryName } from '@/lib/geography';
import { CornerDownRight } from 'lucide-react';
import { RuleTraceView } from './rule-trace';

const OUTCOMES: Record<string, { label: string; tone: BadgeTone }> = {
  routed: { label: 'Routed', tone: 'positive' },
  no_stream: { label: 'No stream took it', tone: 'warning' },
  no_destination: { label: 'No destination available', tone: 'warning' },
  campaign_paused: { label: 'Campaign is paused', tone: 'warning' },
  not_found: { label: 'Answered with 404', tone: 'neutral' },
};

const VERDICTS: Record<StreamTrace['verdict'], { label: string; tone: BadgeTone }> = {
  taken: { label: 'took the click', tone: 'positive' },
  refused: { label: 'conditions do not hold', tone: 'negative' },
  switched_off: { label: 'switched off', tone: 'neutral' },
  not_reached: { label: 'its turn did not come', tone: 'neutral' },
};

const ROUTE_STATES: Record<RouteTrace['state'], string> = {
  available: '',
  switched_off: 'switched off',
  destination_unavailable: 'paused, down or archived',
  destination_missing: 'does not exist any more',
};

const TRAFFICBACK = { stream: 'the stream’s', campaign: 'the campaign’s', domain: 'the domain’s' };

interface SimulationResultProps {
  simulation: Simulation;
  criteria: readonly CriterionInfo[];
}

export function SimulationResult({ simulation, criteria }: SimulationResultProps) {
  return (
    <div className="grid grid-cols-1 gap-4" aria-live="polite">
      <Outcome simulation={simulation} />
      {simulation.problems.length > 0 && (
        <Banner tone="warning" title="The campaign has problems as it is saved">
          <ul className="list-disc pl-4">
            {simulation.problems.map(problem => (
              <li key={`${problem.stream_id}${problem.field}`}>
                {problem.field}: {problem.reason} {problem.left_out && '(left out of routing)'}
              </li>
            ))}
          </ul>
        </Banner>
      )}
      <section>
        <h2 className="mb-2 text-sm font-semibold">Streams, in the order they were looked at</h2>
        {simulation.streams.length === 0 && <p className="text-ink-faint text-sm">The campaign has no streams.</p>}
        <ol className="grid grid-cols-1 gap-2">
          {simulation.streams.map(stream => (
            <Trace key={stream.stream_id} stream={stream} simulation={simulation} criteria={criteria} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Outcome({ simulation }: { simulation: Simulation }) {
  const outcome = OUTCOMES[simulation.outcome] ?? { label: simulation.outcome, tone: 'neutral' as const };
  const { origin, visitor, cost } = simulation;
  const place = [visitor.country && countryName(visitor.country), visitor.region, visitor.city]
    .filter(Boolean)
    .join(', ');
  const device = [visitor.device_type, visitor.os, visitor.browser].filter(Boolean).join(' · ');
  const notes = [
    cost.rejected_parameter && 'the cost parameter is no amount',
    cost.unconverted && 'the workspace has no rate for this currency',
  ].filter(Boolean);
  return (
    <div className="border-line grid grid-cols-1 gap-3 rounded-lg border p-4">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={outcome.tone} dot>
          {outcome.label}
        </Badge>
        <Badge>{simulation.status}</Badge>
        {simulation.trafficback && <Badge tone="warning">{TRAFFICBACK[simulation.trafficback]} trafficback</Badge>}
        {!simulation.collected && <Badge tone="warning">not recorded</Badge>}
        {visitor.bot && <Badge tone="negative">bot: {visitor.bot_reason.replaceAll('_', ' ')}</Badge>}
        <span className="text-ink-faint text-sm">
          {[origin.stream?.name, origin.landing?.name, origin.destination?.name].filter(Boolean).join(' → ')}
        </span>
      </div>
      {simulation.target ? (
        <CopyField value={simulation.target} label="target" multiline />
      ) : (
        <p className="text-ink-faint text-sm">The visitor goes nowhere.</p>
      )}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm xl:grid-cols-[auto_1fr_auto_1fr]">
        <Pair term="Place" value={place || 'Unknown'} />
        <Pair term="Device" value={device || 'Unknown'} />
        <Pair term="Provider" value={visitor.isp || 'Unknown'} />
        <Pair
          term="Cost"
          value={formatExactMoney(cost.amount, cost.currency) + (notes.length > 0 ? ` (${notes.join('; ')})` : '')}
        />
      </dl>
    </div>
  );
}

function Pair({ term, value }: { term: string; value: string }) {
  return (
    <>
      <dt className="text-ink-faint">{term}</dt>
      <dd className="min-w-0 break-words">{value}</dd>
    </>
  );
}

interface TraceProps extends SimulationResultProps {
  stream: StreamTrace;
}

function Trace({ stream, simulation, criteria }: TraceProps) {
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
      {stream.rules && <RuleTraceView rule={stream.rules} criteria={criteria} />}
      {taken && simulation.landings.length > 0 && <Routes title="Landing" routes={simulation.landings} />}
      {taken && simulation.routes.length > 0 && <Routes title="Destination" routes={simulation.routes} />}
    </li>
  );
}

function Routes({ title, routes }: { title: string; routes: RouteTrace[] }) {
  return (
    <div className="text-xs">
      <p className="text-ink-soft mb-1">{title}</p>
      <ul className="grid grid-cols-1 gap-1 pl-1.5">
        {routes.map(route => (
          <li key={route.destination.id} className={cn('flex items-start gap-1.5', !route.chosen && 'text-ink-faint')}>
            <CornerDownRight className="mt-0.5 size-3.5 shrink-0" aria-hidden="true" />
            <span>
              <span className={cn(route.chosen && 'font-medium')}>{route.destination.name}</span> – weight{' '}
              {route.weight}
              {route.chosen && ', chosen'}
              {ROUTE_STATES[route.state] && `, ${ROUTE_STATES[route.state]}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
