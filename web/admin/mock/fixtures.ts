/** A made-up workspace for looking at pages without a server. */
import type {
  Campaign,
  Destination,
  Domain,
  Network,
  Output,
  Source,
  Stream,
  User,
  Workspace,
  ApiKey,
} from '../src/api/types.ts';

const NOW = Date.now();
let counter = 0;

/** Crockford's letters, as the server's identifiers have them. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

export function newId(): string {
  counter += 1;
  const digits = [...counter.toString(32).padStart(5, '0')];
  return `0d3k5v8t${digits.map(digit => LETTERS[Number.parseInt(digit, 32)]).join('')}`;
}

export function envelope(daysAgo = 0) {
  const at = new Date(NOW - daysAgo * 86_400_000).toISOString();
  return { id: newId(), version: 1, created_at: at, updated_at: at };
}

export const networks: Network[] = ['Lead Harbour', 'Northwind CPA', 'Clickbay'].map((name, index) => ({
  ...envelope(40 - index),
  name,
  postback_key: `9f3c5a1e7b2d4c6f${index}`,
  key_unreadable: false,
  retired_keys: [],
  allowed_ips: [],
  click_id_token: index === 2 ? '' : '{aff_sub}',
  payout_token: '{payout}',
  status_token: index === 0 ? '{status}' : '',
  transaction_token: '{transaction_id}',
  statuses: index === 0 ? [{ word: 'validated', status: 'sale' as const }] : [],
  currency: null,
  offer_parameters: 'aff_sub={click_id}',
  keyless: false,
  notes: '',
}));

export const sources: Source[] = ['PopRiver', 'NativeWave', 'Social ads', 'Mailing list'].map((name, index) => ({
  ...envelope(39 - index),
  name,
  parameters: [
    { parameter: 'cid', token: '{click_id}', role: 'external_id', label: 'Click id' },
    { parameter: 'cost', token: '{bid}', role: 'cost', label: 'Cost' },
    { parameter: 'zone', token: '{zoneid}', role: 'sub_id_1', label: 'Zone' },
    { parameter: 'banner', token: '{banner}', role: 'sub_id_2', label: 'Banner' },
  ].slice(0, 4 - (index % 3)),
  currency: null,
  notes: '',
}));

const OFFERS = [
  'Fit plan DE',
  'Fit plan AT/CH',
  'VPN yearly',
  'VPN monthly',
  'Dating UK',
  'Sweepstakes phone',
  'Casino first deposit',
  'Insurance quote',
  'Meal box trial',
];

const UNLIMITED = { hosted: false, caps: [], alternative_id: null, schedule: null, health: null, loss_rule: null };

const LIMITED = {
  caps: [
    { measure: 'conversions' as const, period: { type: 'day' as const }, limit: '50', timezone: null },
    { measure: 'cost' as const, period: { type: 'rolling' as const, hours: 48 }, limit: '500', timezone: null },
  ],
  schedule: {
    timezone: null,
    from: null,
    until: '2026-12-24',
    weekly: [{ days: ['mon', 'tue', 'wed'], time: '08:00-02:00' }],
  },
  health: { url: null, interval_seconds: 60, failures: 3 },
  loss_rule: { roi_below: '-30', clicks_min: 500, window_hours: 24 },
};

export const destinations: Destination[] = [
  ...OFFERS.map((name, index) => ({
    ...envelope(35 - index),
    name,
    kind: 'offer' as const,
    url_warnings: [],
    url: `https://offers.example.com/${name.toLowerCase().replaceAll(/\W+/g, '-')}?aff=1042`,
    network_id: networks[index % 3]?.id ?? null,
    payout: index % 3 === 0 ? { type: 'fixed' as const, amount: `${12 + index}.50` } : { type: 'auto' as const },
    payout_rules: [],
    currency: null,
    state: index === 4 ? ('paused' as const) : ('active' as const),
    ...UNLIMITED,
    ...(index === 0 ? LIMITED : {}),
    tags: index % 2 ? ['evergreen'] : [],
    notes: '',
  })),
  ...['Quiz page', 'Advertorial long'].map((name, index) => ({
    ...envelope(20 - index),
    name,
    kind: 'landing' as const,
    url_warnings: [],
    url: `https://pages.example.com/${index + 1}/?c={click_id}`,
    network_id: null,
    payout: { type: 'auto' as const },
    payout_rules: [],
    currency: null,
    state: 'active' as const,
    ...UNLIMITED,
    hosted: name.startsWith('Quiz'),
    tags: [],
    notes: '',
  })),
];

const route = (index: number, weight = 100) => ({
  destination_id: destinations[index]?.id ?? '',
  weight,
  active: true,
});

function stream(patch: Partial<Stream>): Stream {
  return {
    id: newId(),
    name: 'Everybody',
    kind: 'regular',
    active: true,
    weight: 100,
    rules: { all: [] },
    action: { type: 'redirect', status: 302, via: 'http' },
    choosing: 'weighted',
    offer_choice: 'after_landing',
    no_repeat: null,
    caps: [],
    schedule: null,
    collect_clicks: true,
    landings: [],
    routes: [route(0)],
    trafficback_url: null,
    notes: '',
    ...patch,
  };
}

const NAMES = [
  'PopRiver – DACH – Fit plan',
  'NativeWave – Global – VPN',
  'Social – UK – Dating',
  'PopRiver – Sweepstakes tier 1',
  'Mailing – Insurance quotes spring',
  'NativeWave – Meal box',
  'Social – Casino LATAM',
  'PopRiver – VPN mobile only, long test name that goes on and on',
  'Old summer test',
];

export const campaigns: Campaign[] = NAMES.map((name, index) => ({
  ...envelope(30 - index),
  name,
  slug: `c${index + 1}-${name.slice(0, 3).toLowerCase()}`,
  domain_id: null,
  state: index === 2 ? 'paused' : index === 8 ? 'archived' : 'active',
  source_id: sources[index % 4]?.id ?? null,
  cost: { model: 'cpc', amount: `0.0${index + 1}` },
  cost_from_parameter: index % 2 === 0,
  currency: null,
  uniqueness: { key: 'ip_user_agent', ttl_hours: 24 },
  stream_selection: index === 0 ? 'weight' : 'position',
  sticky_streams_hours: index === 0 ? 720 : null,
  caps: index === 0 ? [{ measure: 'cost', period: { type: 'day' }, limit: '250', timezone: null }] : [],
  bots: { type: 'route' },
  lookback_days: null,
  forward_query: false,
  extra_path: 'refuse',
  api_token: 'kV3rYs3cr3tT0k3nF0rServ3rs0nly42',
  trafficback_url: null,
  streams: [
    stream({
      name: 'Bots away',
      kind: 'forced',
      rules: { all: [{ test: { criterion: 'bot', op: 'in', values: ['true'] } }] },
      action: { type: 'not_found' },
      routes: [],
    }),
    stream({
      name: 'Germany and Austria, phones',
      rules: {
        all: [
          { test: { criterion: 'country', op: 'in', values: ['DE', 'AT'] } },
          {
            any: [
              { test: { criterion: 'device_type', op: 'in', values: ['mobile', 'tablet'] } },
              { test: { criterion: 'time_of_day', op: 'between', values: ['22:00-06:00'] } },
              {
                test: { criterion: 'user_agent', op: 'regex', values: ['Instagram|FBAN', '^Mozilla/5\\.0 \\(iPhone'] },
              },
            ],
          },
          { none: [{ expression: 'sub_id[1].startsWith("test") && query["debug"] == "1"' }] },
        ],
      },
      choosing: { type: 'adaptive', goal: 'roi', clicks_min: 200, exploration: '10', half_life_hours: 72 },
      caps: [{ measure: 'clicks', period: { type: 'hour' }, limit: '5000', timezone: null }],
      schedule: {
        timezone: null,
        from: null,
        until: null,
        weekly: [{ days: ['mon', 'fri', 'sat'], time: '18:00-02:00' }],
      },
      no_repeat: { ttl_hours: 720, exhausted: 'next_stream' },
      landings: [route(9, 100)],
      routes: [route(0, 70), route(1, 30)],
    }),
    stream({ name: 'Rest of the world', weight: 50, routes: [route(index % 9), route((index + 3) % 9)] }),
    stream({
      name: 'Over to sweepstakes',
      active: index !== 0,
      rules: { all: [{ test: { criterion: 'percent', op: 'less_than', values: ['20'] } }] },
      action: { type: 'url', url: 'https://sweeps.example/?c={click_id}', status: 302, via: 'js' },
      routes: [],
    }),
    stream({ name: 'Default', kind: 'default', choosing: 'waterfall', routes: [route(2), route(3)] }),
  ],
  tags: [],
  notes: '',
}));

export const outputs: Output[] = [
  {
    ...envelope(12),
    name: 'PopRiver S2S',
    active: true,
    scope: { type: 'source', id: sources[0]?.id ?? '' },
    statuses: ['sale', 'lead'],
    second_statuses: [],
    method: 'GET',
    url: 'https://s2s.popriver.example/conversion?cid={external_id}&payout={payout}',
    body: '',
    payout_percent: '100',
    conversion_api: null,
    notes: '',
  },
];

export const domains: Domain[] = [
  {
    ...envelope(30),
    host: 'go.example.com',
    default_campaign_id: null,
    not_found_url: null,
    https: true,
    robots: false,
    notes: '',
  },
  {
    ...envelope(20),
    host: 'trk.example.net',
    default_campaign_id: campaigns[0]?.id ?? null,
    not_found_url: 'https://example.net/',
    https: true,
    robots: true,
    notes: '',
  },
];

export const users: User[] = [
  { ...envelope(40), email: 'ana@example.com', name: 'Ana Example', state: 'active', role: 'admin', shared: false },
  { ...envelope(10), email: 'buyer@example.com', name: '', state: 'active', role: 'editor', shared: false },
];

export const apiKeys: ApiKey[] = [
  { ...envelope(5), name: 'Nightly export', role: 'viewer', prefix: 'sbx_0d3k5v8t2m9qa_4f7a', expires_at: null },
];

const main = { name: 'Main', currency: 'USD', timezone: 'Europe/Berlin', rates: [{ currency: 'EUR', rate: '1.08' }] };
const north = { name: 'Client North', currency: 'EUR', timezone: 'UTC', rates: [] };
const conversion_types: Workspace['conversion_types'] = [{ status: 'custom1', name: 'Qualified lead', repeat: 'keep' }];

export const workspaces: Workspace[] = [
  { ...envelope(50), ...main, conversion_types, addresses: 'keep', role: 'admin' },
  { ...envelope(49), ...north, conversion_types: [], addresses: 'keep', role: 'editor' },
];
