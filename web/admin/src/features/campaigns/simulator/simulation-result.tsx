import type { Simulation } from '@/api/types';
import { TraceView } from '@/components/trace/trace-view';
import { OUTCOMES, TRAFFICBACKS } from '@/components/trace/trace-words';
import { Badge } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { CopyField } from '@/components/ui/copy-field';
import { formatExactMoney } from '@/lib/format';
import { countryName } from '@/lib/geography';
import type { RuleWords } from '@/lib/rule-words';

const VIAS: Record<Simulation['via'], string> = {
  http: '',
  meta: 'meta refresh',
  double_meta: 'double meta refresh',
  js: 'JavaScript',
  form: 'form post',
  iframe: 'frame',
};

interface SimulationResultProps {
  simulation: Simulation;
  words: RuleWords;
  timezone: string;
}

export function SimulationResult({ simulation, words, timezone }: SimulationResultProps) {
  return (
    <div className="grid grid-cols-1 gap-4" aria-live="polite">
      <Outcome simulation={simulation} />
      {simulation.problems.length > 0 && (
        <Banner tone="warning" title="The configuration has problems as it is saved">
          <ul className="list-disc pl-4">
            {simulation.problems.map(problem => (
              <li key={`${problem.stream_id}${problem.field}${problem.reason}`}>
                {problem.field}: {problem.reason} {problem.left_out && '(left out of routing)'}
              </li>
            ))}
          </ul>
        </Banner>
      )}
      <section>
        <h2 className="mb-2 text-sm font-semibold">Streams, in the order they were looked at</h2>
        <TraceView trace={simulation.trace} words={words} timezone={timezone} />
      </section>
    </div>
  );
}

function Outcome({ simulation }: { simulation: Simulation }) {
  const outcome = OUTCOMES[simulation.outcome] ?? { label: simulation.outcome, tone: 'neutral' as const };
  const { origin, visitor, cost, trace } = simulation;
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
        {VIAS[simulation.via] && simulation.target && <Badge>by {VIAS[simulation.via]}</Badge>}
        {trace.trafficback && <Badge tone="warning">{TRAFFICBACKS[trace.trafficback]} trafficback</Badge>}
        {!simulation.collected && <Badge tone="warning">not recorded</Badge>}
        {visitor.bot && <Badge tone="negative">bot: {visitor.bot_reason.replaceAll('_', ' ')}</Badge>}
        <span className="text-ink-faint text-sm">
          {[origin.stream?.name, origin.landing?.name, origin.destination?.name].filter(Boolean).join(' → ')}
        </span>
      </div>
      {simulation.target && <CopyField value={simulation.target} label="target" multiline />}
      {simulation.body !== null && (
        <pre className="bg-sunken scroll-thin max-h-48 overflow-auto rounded-md p-2.5 font-mono text-xs whitespace-pre-wrap">
          {simulation.body}
        </pre>
      )}
      {!simulation.target && simulation.body === null && (
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
        <Pair term="Visitor" value={simulation.visitor_key} mono />
      </dl>
    </div>
  );
}

function Pair({ term, value, mono = false }: { term: string; value: string; mono?: boolean }) {
  return (
    <>
      <dt className="text-ink-faint">{term}</dt>
      <dd className={mono ? 'min-w-0 font-mono text-xs leading-5 break-all' : 'min-w-0 break-words'}>{value}</dd>
    </>
  );
}
