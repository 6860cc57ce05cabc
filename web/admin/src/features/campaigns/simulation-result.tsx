import type { Simulation, StreamTrace } from '@/api/types';
import { Badge, type BadgeTone } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { CopyField } from '@/components/ui/copy-field';
import { cn } from '@/lib/cn';
import { formatExactMoney } from '@/lib/format';
import { countryName } from '@/lib/geography';
import { Check, CornerDownRight, X } from 'lucide-react';
import { OPERATOR_WORDS } from './rules/operators';

const OUTCOMES: Record<string, { label: string; tone: BadgeTone }> = {
  routed: { label: 'Routed', tone: 'positive' },
  no_stream: { label: 'No stream took it', tone: 'warning' },
  no_destination: { label: 'No destination available', tone: 'warning' },
  campaign_paused: { label: 'Campaign is paused', tone: 'warning' },
  not_found: { label: 'Not found', tone: 'negative' },
};

export function SimulationResult({ simulation }: { simulation: Simulation }) {
  const outcome = OUTCOMES[simulation.outcome] ?? { label: simulation.outcome, tone: 'neutral' as const };
  const { origin, visitor, cost } = simulation;
  const device = [visitor.device_type, visitor.os, visitor.browser].filter(Boolean).join(' · ');
  return (
    <div className="grid grid-cols-1 gap-4" aria-live="polite">
      <div className="border-line grid grid-cols-1 gap-3 rounded-lg border p-4">
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={outcome.tone} dot>
            {outcome.label}
          </Badge>
          <Badge>{simulation.status}</Badge>
          {!simulation.collected && <Badge tone="warning">not recorded</Badge>}
          {visitor.bot && <Badge tone="negative">bot: {visitor.bot_reason}</Badge>}
          <span className="text-ink-faint text-sm">
            {[origin.stream?.name, origin.landing?.name, origin.destination?.name].filter(Boolean).join(' → ')}
          </span>
        </div>
        {simulation.target ? (
          <CopyField value={simulation.target} label="target" multiline />
        ) : (
          <p className="text-ink-faint text-sm">The visitor goes nowhere.</p>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_1fr_auto_1fr]">
          <Pair
            term="Place"
            value={
              visitor.country
                ? [countryName(visitor.country), visitor.region, visitor.city].filter(Boolean).join(', ')
                : 'Unknown'
            }
          />
          <Pair term="Device" value={device || 'Unknown'} />
          <Pair term="Provider" value={visitor.isp || 'Unknown'} />
          <Pair
            term="Cost"
            value={`${formatExactMoney(cost.amount, cost.currency)}${cost.rejected_parameter ? ' (cost parameter is no amount)' : ''}`}
          />
        </dl>
      </div>
      {simulation.problems.length > 0 && (
        <Banner tone="warning" title="Parts of the campaign cannot be used">
          <ul className="list-disc pl-4">
            {simulation.problems.map(problem => (
              <li key={`${problem.stream_id}${problem.field}`}>
                {problem.field}: {problem.reason}
              </li>
            ))}
          </ul>
        </Banner>
      )}
      <section>
        <h2 className="mb-2 text-sm font-semibold">Streams, in the order they were looked at</h2>
        <ol className="grid gap-2">
          {simulation.trace.map(stream => (
            <Trace key={stream.stream_id} stream={stream} />
          ))}
        </ol>
      </section>
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

function Mark({ ok }: { ok: boolean }) {
  return ok ? (
    <Check className="text-positive mt-0.5 size-3.5 shrink-0" aria-label="yes" />
  ) : (
    <X className="text-negative mt-0.5 size-3.5 shrink-0" aria-label="no" />
  );
}

function Trace({ stream }: { stream: StreamTrace }) {
  return (
    <li
      className={cn(
        'border-line rounded-lg border px-3.5 py-2.5',
        stream.taken && 'border-positive/50 bg-positive-soft/40',
      )}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Mark ok={stream.taken} />
        <span className="font-medium">{stream.name}</span>
        <Badge>{stream.kind}</Badge>
        <span className="text-ink-soft text-sm">{stream.reason}</span>
      </div>
      {stream.tests.length > 0 && (
        <ul className="mt-1.5 grid gap-1 pl-5">
          {stream.tests.map(test => (
            <li key={test.path} className="flex items-start gap-1.5 text-xs">
              <Mark ok={test.passed} />
              <span>
                <span className="font-medium">{test.criterion}</span> {OPERATOR_WORDS[test.op]}
                <span className="text-ink-faint"> – it was </span>
                <code className="font-mono">{test.actual || 'empty'}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
      {stream.routes.length > 0 && (
        <ul className="mt-1.5 grid gap-1 pl-5">
          {stream.routes.map(route => (
            <li
              key={`${route.landing}${route.destination.id}`}
              className={cn('flex items-start gap-1.5 text-xs', !route.chosen && 'text-ink-faint')}
            >
              <CornerDownRight className="mt-0.5 size-3.5 shrink-0" aria-hidden="true" />
              <span>
                <span className={cn(route.chosen && 'font-medium')}>{route.destination.name}</span>
                {route.landing && ' (landing)'} – weight {route.weight}, {route.reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
