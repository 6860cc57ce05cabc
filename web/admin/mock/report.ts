/** Reports over a few thousand made-up facts, computed the way the real ones are: sums first, ratios from sums. */
import type { MetricValue, Report, ReportQuery, ReportRow } from '../src/api/types.ts';
import { campaigns, destinations, networks, sources } from './fixtures.ts';
import { METADATA } from './metadata.ts';

interface Fact {
  at: number;
  keys: Record<string, { id: string; name: string }>;
  clicks: number;
  unique_clicks: number;
  bots: number;
  conversions: number;
  revenue: number;
  cost: number;
}

let seed = 7;
export function random(): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(random() ** 1.7 * items.length)] as T;
}

const COUNTRIES = ['DE', 'US', 'AT', 'GB', 'FR', 'BR', 'IN', 'PL', 'ES', 'CH', ''];
const SYSTEMS = ['Android', 'iOS', 'Windows', 'Mac OS X', 'Linux'];
const BROWSERS = ['Chrome Mobile', 'Mobile Safari', 'Chrome', 'Firefox', 'Edge'];
const text = (id: string) => ({ id, name: id });

function makeFacts(): Fact[] {
  const facts: Fact[] = [];
  const live = campaigns.filter(campaign => campaign.state === 'active');
  for (let hours = 0; hours < 24 * 30; hours += 1) {
    const at = Date.now() - hours * 3_600_000 - random() * 3_000_000;
    const daily = 1 + Math.sin(((new Date(at).getUTCHours() - 6) / 24) * 2 * Math.PI);
    for (let n = 0; n < 9; n += 1) {
      const campaign = pick(live);
      const destination = pick(destinations.slice(0, 9));
      const clicks = Math.round((20 + random() * 60) * (0.4 + daily));
      const conversions = Math.round(clicks * random() * 0.04);
      facts.push({
        at,
        clicks,
        unique_clicks: Math.round(clicks * 0.8),
        bots: Math.round(clicks * 0.03),
        conversions,
        revenue: Math.round(conversions * (1.5 + random() * 3) * 100) / 100,
        cost: Math.round(clicks * (0.01 + random() * 0.05) * 10_000) / 10_000,
        keys: {
          campaign: { id: campaign.id, name: campaign.name },
          destination: { id: destination.id, name: destination.name },
          source: { id: campaign.source_id ?? '', name: sources.find(s => s.id === campaign.source_id)?.name ?? '' },
          network: {
            id: destination.network_id ?? '',
            name: networks.find(s => s.id === destination.network_id)?.name ?? '',
          },
          country: text(pick(COUNTRIES)),
          city: text(pick(['Berlin', 'Vienna', 'Austin', 'Leeds', ''])),
          device_type: text(pick(['mobile', 'desktop', 'tablet'])),
          os: text(pick(SYSTEMS)),
          browser: text(pick(BROWSERS)),
          sub_id_1: text(pick(['zone-17', 'zone-4', 'zone-99', '=cmd', ''])),
          sub_id_2: text(pick(['red', 'blue', 'green'])),
          bot: text('false'),
        },
      });
    }
  }
  return facts;
}

const facts = makeFacts();

function keyIn(fact: Fact, dimension: string): { id: string; name: string } {
  const iso = new Date(fact.at).toISOString();
  if (dimension === 'hour') return text(`${iso.slice(0, 13)}:00:00+00:00`);
  if (dimension === 'day') return text(iso.slice(0, 10));
  return fact.keys[dimension] ?? text('');
}

function bounds(range: ReportQuery['range']): [number, number] {
  const day = 86_400_000;
  const today = Math.floor(Date.now() / day) * day;
  const back: Record<string, [number, number]> = {
    today: [today, today + day],
    yesterday: [today - day, today],
    last_7_days: [today - 6 * day, today + day],
    last_14_days: [today - 13 * day, today + day],
    last_30_days: [today - 29 * day, today + day],
  };
  if (range?.from && range.to) return [Date.parse(range.from), Date.parse(range.to) + day];
  return back[range?.token ?? 'today'] ?? [today - 29 * day, today + day];
}

function measures(list: Fact[], wanted: string[]): Record<string, MetricValue> {
  const sum = (key: 'clicks' | 'unique_clicks' | 'bots' | 'conversions' | 'revenue' | 'cost') =>
    list.reduce((total, fact) => total + fact[key], 0);
  const [clicks, conversions, revenue, cost] = [sum('clicks'), sum('conversions'), sum('revenue'), sum('cost')];
  const ratio = (a: number, b: number, times = 1) => (b === 0 ? null : ((a / b) * times).toFixed(6));
  const all: Record<string, MetricValue> = {
    clicks,
    unique_clicks: sum('unique_clicks'),
    bots: sum('bots'),
    conversions,
    cr: ratio(conversions, clicks, 100),
    revenue: revenue.toFixed(4),
    cost: cost.toFixed(4),
    profit: (revenue - cost).toFixed(4),
    roi: ratio(revenue - cost, cost, 100),
    epc: ratio(revenue, clicks),
    cpc: ratio(cost, clicks),
  };
  return Object.fromEntries(wanted.map(key => [key, all[key] ?? null]));
}

type Condition = NonNullable<ReportQuery['filters']>[number];

function holds(fact: Fact, condition: Condition): boolean {
  if ('all' in condition) return condition.all.every(member => holds(fact, member));
  if ('any' in condition) return condition.any.some(member => holds(fact, member));
  if ('none' in condition) return !condition.none.some(member => holds(fact, member));
  const { id } = keyIn(fact, condition.field);
  const values = condition.values ?? [];
  if (condition.op === 'equals') return values.includes(id);
  if (condition.op === 'not_equals') return !values.includes(id);
  if (condition.op === 'is_not_set') return id === '';
  return condition.op === 'is_set' ? id !== '' : values.some(value => id.toLowerCase().includes(value.toLowerCase()));
}

function fits(fact: Fact, query: ReportQuery): boolean {
  return (query.filters ?? []).every(condition => holds(fact, condition));
}

export function runReport(query: ReportQuery): Report {
  const dimensions = query.dimensions ?? [];
  const metrics = query.metrics?.length ? query.metrics : METADATA.default_metrics;
  const [from, to] = bounds(query.range);
  const inRange = (a: number, b: number) => facts.filter(fact => fact.at >= a && fact.at < b && fits(fact, query));
  const current = inRange(from, to);
  const groups = new Map<string, Fact[]>();
  for (const fact of current) {
    const key = dimensions.map(dimension => keyIn(fact, dimension).id).join('|');
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  const rows: ReportRow[] = [...groups.values()].map(group => ({
    keys: Object.fromEntries(dimensions.map(dimension => [dimension, keyIn(group[0] as Fact, dimension)])),
    metrics: measures(group, metrics),
    compare: null,
  }));
  const sort = query.sort?.[0] ?? { key: metrics[0] ?? '', dir: 'desc' as const };
  const valueOf = (row: ReportRow) => row.keys[sort.key]?.name ?? Number(row.metrics[sort.key] ?? -1e9);
  rows.sort((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * (sort.dir === 'asc' ? 1 : -1);
  });
  const offset = query.offset ?? 0;
  const compare = query.compare ? measures(inRange(from - (to - from), from), metrics) : null;
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    timezone: 'UTC',
    currency: 'USD',
    basis: query.basis ?? 'click',
    bots: query.bots ?? 'include',
    columns: [
      ...dimensions.flatMap(key => {
        const info = METADATA.dimensions.find(dimension => dimension.key === key);
        return info
          ? [{ key, kind: 'dimension' as const, title: info.title, value_type: info.value_type, decimals: 0 }]
          : [];
      }),
      ...metrics.flatMap(key => {
        const info = METADATA.metrics.find(metric => metric.key === key);
        return info
          ? [{ key, kind: 'metric' as const, title: info.title, value_type: info.value_type, decimals: info.decimals }]
          : [];
      }),
    ],
    rows: rows.slice(offset, offset + (query.limit ?? 100)),
    totals: { metrics: measures(current, metrics), compare },
    total_rows: rows.length,
    took_ms: 7,
  };
}
