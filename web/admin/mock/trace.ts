/** A made-up trace of a campaign: the first stream refuses, the second is capped, the third takes the click. */
import type { Campaign, Rule, RuleTrace, Trace } from '../src/api/types.ts';
import { destinations } from './fixtures.ts';

function ruleTrace(rule: Rule, held: boolean): RuleTrace {
  if ('expression' in rule) {
    return { type: 'expression', held: false, source: rule.expression, failure: 'No such key: debug' };
  }
  if ('test' in rule) {
    const { criterion, op, values = [] } = rule.test;
    const actual = held ? (values[0] ?? '') : 'false';
    return { type: 'test', held, criterion, op, values, values_total: values.length, actual };
  }
  const [type, parts] = Object.entries(rule)[0] as ['all' | 'any' | 'none', Rule[]];
  return { type, held: type === 'none' ? true : held, parts: parts.map(part => ruleTrace(part, held)) };
}

const since = new Date(Date.now() - 1_800_000).toISOString();

export function traceOf(campaign: Campaign): Trace {
  const verdicts = ['refused', 'cap_reached', 'taken'] as const;
  return {
    campaign: { id: campaign.id, name: campaign.name },
    streams: campaign.streams.map((stream, index) => ({
      stream_id: stream.id,
      name: stream.name,
      kind: stream.kind,
      weight: stream.weight,
      verdict: stream.active ? (verdicts[index] ?? 'not_reached') : 'switched_off',
      turn: index < 3 ? index + 1 : null,
      rules: index < 3 ? ruleTrace(stream.rules, index > 0) : null,
      cap: index === 1 ? { measure: 'clicks', period: { type: 'hour' }, limit: '5000', counted: '5003', since } : null,
    })),
    passed_through: [],
    campaign_cap: null,
    streams_by: { type: 'sticky', hash: '3f1c', until: new Date(Date.now() + 86_400_000).toISOString() },
    landings: [],
    landing_by: null,
    routes: (campaign.streams[2]?.routes ?? []).map((route, at) => ({
      destination: {
        id: route.destination_id,
        name: destinations.find(item => item.id === route.destination_id)?.name ?? '',
      },
      weight: route.weight,
      state: at === 0 ? ('available' as const) : ('unhealthy' as const),
      cap: null,
      alternatives:
        at === 0 ? [] : [{ destination: { id: 'x', name: 'VPN monthly' }, state: 'available' as const, cap: null }],
      share: null,
      reason: null,
      chosen: at === 0,
    })),
    route_by: { type: 'weight' },
    choosing: 'weighted',
    trafficback: null,
  };
}
