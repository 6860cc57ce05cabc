/** Made-up views, links, costs and own metrics: enough to look at their pages. */
import type { CostCorrection, SavedView, ShareLink } from '../src/api/types.ts';
import { campaigns, envelope } from './fixtures.ts';

const hours = (count: number) => new Date(Date.now() - count * 3_600_000).toISOString();

const views: SavedView[] = [
  {
    ...envelope(),
    name: 'Zones of the week',
    everybody: true,
    page: 'reports',
    query: { dimensions: ['sub_id_1'], range: { token: 'last_7_days' }, bots: 'exclude' },
    display: {},
  },
];

const links: ShareLink[] = [
  {
    id: '0d3k5v8t2m9qa',
    created_at: hours(50),
    name: 'Summer for the client',
    prefix: 'k3v9q1',
    query: { dimensions: ['campaign', 'country'], range: { token: 'last_30_days' } },
    range_open: false,
    has_password: true,
    expires_at: null,
    token: null,
    url: null,
  },
];

const corrections: CostCorrection[] = (['applied', 'undone', 'unmatched'] as const).map((state, index) => ({
  id: `0d3k5v8t2m9q${index}`,
  created_at: hours(index * 30 + 1),
  origin: index === 1 ? 'file' : 'api',
  from: `2026-05-0${index + 1}T00:00:00Z`,
  to: '2026-05-08T00:00:00Z',
  timezone: 'UTC',
  filters: [{ field: 'campaign', op: 'equals', values: [campaigns[index]?.id ?? ''] }],
  bots: 'exclude',
  only_unique: false,
  spread: 'total',
  amount: '125.5',
  currency: 'USD',
  converted: '125.5',
  mode: 'replace',
  note: index === 0 ? 'Invoice 2026-05' : '',
  state,
  clicks: state === 'unmatched' ? 0 : 4210,
  before: '84.2',
  after: '125.5',
  applied_at: hours(1),
  undone_at: null,
}));

interface Answer {
  status?: number;
  body?: unknown;
}

const exports = [
  {
    id: '0d3k5v8t2m9b1',
    version: 1,
    created_at: '2026-05-01T08:00:00Z',
    updated_at: '2026-05-01T08:00:00Z',
    name: 'Countries by day',
    active: true,
    view_id: '0d3k5v8t2m9v1',
    format: 'csv',
    days: { type: 'weekly', weekday: 1 },
    time: '06:00',
    timezone: 'Europe/Berlin',
    file_name: '{name} {date}',
    keep: 31,
    next_at: '2026-05-25T04:00:00Z',
    running: false,
    runs: [
      {
        due_at: '2026-05-18T04:00:00Z',
        ended_at: '2026-05-18T04:00:03Z',
        file: 'Countries by day 2026-05-18.csv',
        bytes: 48123,
        rows: 812,
        error: '',
      },
    ],
    files: [{ name: 'Countries by day 2026-05-18.csv', bytes: 48123, written_at: '2026-05-18T04:00:03Z' }],
  },
];

const alerts = [
  {
    id: '0d3k5v8t2m9a1',
    version: 1,
    created_at: '2026-05-01T08:00:00Z',
    updated_at: '2026-05-01T08:00:00Z',
    name: 'Profit falls',
    active: true,
    metric: 'profit',
    filters: [{ field: 'country', op: 'equals', values: ['DE'] }],
    basis: 'conversion',
    bots: 'exclude',
    window_minutes: 60,
    subject: 'change',
    comparison: 'at_most',
    threshold: '-30',
    cooldown_minutes: 60,
    tells_resolved: true,
    channels: [
      { type: 'telegram', base_url: 'https://api.telegram.org', chat_id: '-100123', has_token: true },
      { type: 'email', to: ['ana@example.com'] },
    ],
    state: {
      status: 'firing',
      since: '2026-05-20T10:02:00Z',
      evaluated_at: '2026-05-20T11:02:00Z',
      value: '12.4',
      before: '41.2',
      change: '-69.902912621',
      error: '',
      fired_at: '2026-05-20T10:02:00Z',
      history: [
        {
          kind: 'firing',
          at: '2026-05-20T10:02:00Z',
          value: '18.1',
          change: '-56.067961165',
          deliveries: [
            { channel: 'chat -100123', done: true, attempts: 1, error: '' },
            { channel: 'mail ana@example.com', done: false, attempts: 5, error: 'answered 550 no such mailbox' },
          ],
        },
      ],
    },
  },
];

const clearings = [
  {
    id: '0d3k5v8t2m9c2',
    campaign_id: null,
    from: '2026-05-17T22:00:00Z',
    to: '2026-05-18T09:12:44Z',
    timezone: 'Europe/Berlin',
    by: 'ana@example.com',
    created_at: '2026-05-18T09:12:44Z',
    state: 'deleting',
    clicks: 212,
    conversions: 9,
    revenue: '130',
    cost: '10.6',
    deleted: { postbacks: 18 },
    finished_at: null,
  },
  {
    id: '0d3k5v8t2m9c1',
    campaign_id: '0d3k5v8t2m9zz',
    from: '2026-05-10T22:00:00Z',
    to: '2026-05-11T22:00:00Z',
    timezone: 'Europe/Berlin',
    by: 'Automation',
    created_at: '2026-05-12T08:00:00Z',
    state: 'done',
    clicks: 12,
    conversions: 1,
    revenue: '5',
    cost: '0.6',
    deleted: { clicks: 12, facts: 14, conversions: 1, postbacks: 2 },
    finished_at: '2026-05-12T08:00:21Z',
  },
];

const erasures = [
  {
    id: '0d3k5v8t2m9e2',
    by: 'visitor',
    note: 'Request 2026-118',
    asked_by: 'ana@example.com',
    created_at: '2026-05-19T10:02:11Z',
    state: 'deleting',
    clicks: 4,
    conversions: 1,
    postbacks: 2,
    deliveries: 1,
    erased: { clicks: 5 },
    finished_at: null,
  },
  {
    id: '0d3k5v8t2m9e1',
    by: 'address',
    note: '',
    asked_by: 'Automation',
    created_at: '2026-05-12T08:00:00Z',
    state: 'done',
    clicks: 12,
    conversions: 0,
    postbacks: 0,
    deliveries: 0,
    erased: { clicks: 12, facts: 14 },
    finished_at: '2026-05-12T08:00:31Z',
  },
];

const list = (items: unknown[]): Answer => ({ body: { items, next_cursor: null } });

/** The answer to a request about these, or null. */
export function analysis(method: string, path: string, body: Record<string, unknown>): Answer | null {
  if (path.startsWith('metrics/check')) {
    const at = String(body.formula).indexOf('clickz');
    return {
      body: { error: at < 0 ? null : { position: at + 1, reason: 'no metric is called clickz; did you mean clicks?' } },
    };
  }
  if (path.startsWith('metrics')) return list([]);
  if (path.startsWith('views')) return { body: { items: views } };
  if (path === 'scheduled-exports') return { body: { items: exports } };
  if (path.startsWith('scheduled-exports')) return { body: exports[0] };
  if (path === 'clearings/preview')
    return {
      body: {
        from: '2026-05-19T22:00:00Z',
        to: '2026-05-20T10:41:03Z',
        timezone: 'Europe/Berlin',
        clicks: 37,
        conversions: 4,
        revenue: '48.5',
        cost: '3.7',
      },
    };
  if (path === 'clearings') return list(clearings);
  if (path === 'erasures/preview')
    return {
      body: {
        clicks: 4,
        conversions: 1,
        postbacks: 2,
        deliveries: 1,
        first_click_at: '2026-05-11T09:00:00Z',
        last_click_at: '2026-05-18T21:30:00Z',
      },
    };
  if (path === 'erasures') return list(erasures);
  if (path === 'retention')
    return {
      body: {
        version: 1,
        clicks_days: 90,
        bots_days: 7,
        last_run_at: '2026-05-20T03:00:00Z',
        last_deleted: { clicks: 1204 },
      },
    };
  if (path === 'rate-fetch')
    return {
      body: {
        version: 1,
        active: true,
        feed: { type: 'ecb', mirror: '' },
        currencies: ['EUR', 'GBP'],
        time: '17:00',
        outcome: {
          succeeded_at: '2026-05-19T15:00:00Z',
          rates_of: '2026-05-19',
          changed: 1,
          refused: [
            'GBP would go from 2.6 to 1.27, by more than half, and was not taken: if it is right, add it by hand',
          ],
          failures: 2,
          error: 'the server answered 503 Service Unavailable',
          failed_at: '2026-05-20T15:01:00Z',
          next_try_at: '2026-05-20T15:03:00Z',
          wished: false,
        },
      },
    };
  if (path === 'alerts') return { body: { items: alerts, can_mail: true } };
  if (path.startsWith('alerts')) return { body: alerts[0] };
  if (path.startsWith('share-links'))
    return method === 'GET' ? { body: { items: links } } : { status: 201, body: links[0] };
  if (path === 'costs/preview') return { body: { clicks: 4210, before: '84.2', after: String(body.amount) } };
  if (path.startsWith('costs')) return list(corrections);
  return null;
}
