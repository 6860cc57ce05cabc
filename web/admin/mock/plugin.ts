/** A made-up server inside Vite, for working on pages without Signalbox running: `SIGNALBOX_MOCK=1 npm run dev`. Never in a build. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import type {
  Campaign,
  DestinationStatus,
  Instance,
  Landing,
  ReportQuery,
  Session,
  Simulation,
} from '../src/api/types.ts';
import { traceOf } from './trace.ts';
import * as data from './fixtures.ts';
import * as logs from './logs.ts';
import { LOG_METADATA, METADATA, VOCABULARY } from './metadata.ts';
import { runReport } from './report.ts';
import { networkTemplates, sourceTemplates } from './templates.ts';
import { analysis } from './analysis.ts';

interface Item {
  id: string;
  version: number;
  name?: string;
}

const collections: Record<string, Item[]> = {
  campaigns: data.campaigns,
  destinations: data.destinations,
  sources: data.sources,
  networks: data.networks,
  outputs: data.outputs,
  domains: data.domains,
  users: data.users,
  'api-keys': data.apiKeys,
  workspaces: data.workspaces,
};

let state: 'setup' | 'out' | 'in' = 'in';

const session = (): Session => ({
  user: { id: data.users[0]?.id ?? '', email: 'ana@example.com', name: 'Ana Example' },
  api_key: null,
  workspaces: data.workspaces.map(({ id, name, currency, timezone, role }) => ({ id, name, currency, timezone, role })),
  csrf_token: 'mock',
});

const instance: Instance = {
  version: '0.1.0',
  urls: { admin: 'http://localhost:8080', traffic: 'http://localhost:8081', postback: 'http://localhost:8082' },
  geo: {
    available: true,
    attribution: { text: 'IP Geolocation by DB-IP', url: 'https://db-ip.com', license: 'CC-BY-4.0' },
  },
  parts: [
    { name: 'catalog', state: 'ready', detail: 'answers' },
    { name: 'warehouse', state: 'ready', detail: 'answers' },
    { name: 'geo', state: 'ready', detail: 'addresses are looked up' },
  ],
};

function simulation(campaign: Campaign): Simulation {
  const [row] = logs.clicks(1);
  const click = row as NonNullable<typeof row>;
  return {
    outcome: 'routed',
    status: 302,
    via: 'http',
    target: 'https://offers.example.com/fit-plan-de?aff=1042&aff_sub=01jc3v7h9w2r8xk5t0m4e6n1qa',
    body: null,
    origin: { ...click, campaign: { id: campaign.id, name: campaign.name } },
    visitor: click.visitor,
    visitor_key: '9c1f0a7be3d24c55',
    cost: { amount: '0.0125', currency: 'USD', rejected_parameter: false, unconverted: false },
    collected: true,
    problems: [],
    trace: traceOf(campaign),
  };
}

function landing(id: string): Landing {
  const { url } = data.destinations.find(item => item.id === id) ?? { url: '' };
  const at = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const none = !url.includes('/1/');
  return {
    destination_id: id,
    current: none ? null : '1780000000002-9f3c5a1e',
    versions: none
      ? []
      : [
          { version: '1780000000002-9f3c5a1e', uploaded_at: at(1) },
          { version: '1780000000001-00aa11bb', uploaded_at: at(6) },
        ],
    files: none
      ? []
      : [
          { path: 'css/style.css', bytes: 8_412, content_type: 'text/css; charset=utf-8' },
          { path: 'img/hero.webp', bytes: 184_220, content_type: 'image/webp' },
          { path: 'index.html', bytes: 12_019, content_type: 'text/html; charset=utf-8' },
        ],
    preview_url: none ? null : `http://localhost:8081/lp/${id}/1780000000002-9f3c5a1e/index.html`,
    limits: {
      archive_bytes_max: 33_554_432,
      total_bytes_max: 134_217_728,
      file_bytes_max: 67_108_864,
      page_bytes_max: 2_097_152,
      files_max: 2000,
    },
  };
}

function statusOf(id: string): DestinationStatus {
  const found = data.destinations.find(item => item.id === id);
  const since = new Date(Date.now() - 9 * 3_600_000).toISOString();
  return {
    destination_id: id,
    takes_traffic: true,
    out: null,
    open: true,
    health: found?.health
      ? { up: true, since, checked_at: new Date().toISOString(), failures: 0, last_error: null }
      : null,
    caps: (found?.caps ?? []).map((cap, index) => ({
      cap,
      counted: index === 0 ? '37' : '500',
      since,
      reached: index > 0,
    })),
    loss: found?.loss_rule
      ? { out: false, counts: { clicks: 812, conversions: 9, cost: '40.6', revenue: '112.5' } }
      : null,
    ever: null,
  };
}

interface Answer {
  status?: number;
  body?: unknown;
}

const problem = (status: number, code: string, detail: string, extra: object = {}): Answer => ({
  status,
  body: { type: 'about:blank', title: code, status, code, detail, ...extra },
});

function crud(method: string, name: string, id: string | undefined, body: Record<string, unknown>): Answer {
  const list = collections[name] ?? [];
  const index = list.findIndex(item => item.id === id);
  const found = list[index];
  // Sentinel: this name is always refused, to look at field errors.
  if (body.name === 'refuse me')
    return problem(422, 'invalid', 'The object has mistakes.', {
      errors: [{ field: 'name', reason: 'is refused on purpose' }],
    });
  if (method === 'GET' && !id) return { body: { items: list, next_cursor: null } };
  if (method === 'POST' && !id) {
    const fallback = {
      name: 'Unnamed',
      slug: 'a1b2c3d4',
      state: 'active',
      tags: [],
      notes: '',
      statuses: [],
      parameters: [],
    };
    const made = { ...fallback, ...body, ...data.envelope() } as Item;
    list.unshift(made);
    return name === 'api-keys'
      ? { status: 201, body: { api_key: made, key: 'sbx_0d3k5v8t2m9qa_4f7a1c9e8b7d6f5a4c3b2a1' } }
      : { status: 201, body: made };
  }
  if (!found) return problem(404, 'not_found', 'There is no such object.');
  if (method === 'PUT') {
    list[index] = { ...found, ...body, id: found.id, version: found.version + 1 };
    return { body: list[index] };
  }
  if (method === 'DELETE') {
    if (name === 'destinations') {
      return problem(409, 'in_use', 'It is used by 1 campaign.', {
        used_by: [{ kind: 'campaigns', id: data.campaigns[0]?.id, name: data.campaigns[0]?.name }],
      });
    }
    list.splice(index, 1);
    return { status: 204 };
  }
  return { body: found };
}

function answer(method: string, path: string, body: Record<string, unknown>): Answer {
  const [area = '', id, action] = path.split('/');
  if (area === 'setup') {
    if (method === 'POST') state = 'in';
    return { body: method === 'POST' ? session() : { needed: state === 'setup' } };
  }
  if (area === 'session') {
    if (method === 'POST') {
      if (body.password === 'wrong') return problem(401, 'wrong_credentials', 'The address or the password is wrong.');
      state = 'in';
    }
    if (method === 'DELETE') state = 'out';
    if (state !== 'in') return method === 'DELETE' ? { status: 204 } : problem(401, 'unauthenticated', 'Log in first.');
    return { body: session() };
  }
  if (area === 'mock') {
    state = id as typeof state;
    if (action === 'empty')
      for (const list of Object.values(collections))
        if (list !== data.workspaces && list !== data.users) list.length = 0;
    return { body: {} };
  }
  if (state !== 'in') return problem(401, 'unauthenticated', 'Log in first.');
  if (area === 'instance') return { body: instance };
  if (area === 'vocabulary') return { body: VOCABULARY };
  if (area === 'templates') return { body: id === 'sources' ? sourceTemplates : networkTemplates };
  const looked = analysis(method, path, body);
  if (looked) return looked;
  if (area === 'reports') return { body: id === 'metadata' ? METADATA : runReport(body as unknown as ReportQuery) };
  if (area === 'logs' && id === 'metadata') return { body: LOG_METADATA };
  if (area === 'logs' && action === 'retry') {
    return { body: { written: 2, failed: 1, skipped: 0, next_cursor: null } };
  }
  if (area === 'logs') {
    const kinds = {
      clicks: logs.clicks,
      landing_clicks: logs.landingClicks,
      conversions: logs.conversions,
      postbacks: logs.postbacks,
      deliveries: logs.deliveries,
      dead_letters: logs.deadLetters,
    };
    return { body: { items: kinds[id as keyof typeof kinds](60), next_cursor: 'more', took_ms: 3 } };
  }
  if (action === 'link') {
    const campaign = data.campaigns.find(item => item.id === id);
    const hosts = data.domains.length > 0 ? data.domains.map(domain => domain.host) : ['localhost:8081'];
    const links = hosts.map(host => {
      const base = `https://${host}/${campaign?.slug}`;
      return { domain_id: null, host, base_url: base, url: `${base}?cid={click_id}&cost={bid}&zone={zoneid}` };
    });
    return { body: { links } };
  }
  if (action === 'postback-url') {
    const base = 'https://trk.example.com/9f3c5a1e7b2d4c6f/postback';
    const missing = [{ parameter: 'status', field: 'status_token' }];
    return {
      body: {
        url: `${base}?subid={aff_sub}&payout={payout}&tid={transaction_id}`,
        base_url: base,
        missing_tokens: missing,
      },
    };
  }
  if (area === 'simulate')
    return {
      body: simulation(data.campaigns.find(item => item.id === body.campaign_id) ?? (data.campaigns[0] as Campaign)),
    };
  if (action === 'landing') return { body: landing(id ?? '') };
  if (action === 'status') return { body: statusOf(id ?? '') };
  if (action === 'rotate-token') return { body: data.campaigns.find(item => item.id === id) };
  if (action === 'clone') {
    const found = data.campaigns.find(item => item.id === id);
    return crud('POST', 'campaigns', undefined, { ...found, name: `${found?.name} (copy)` });
  }
  if (action === 'rotate-key') return { body: data.networks.find(item => item.id === id) };
  return area in collections ? crud(method, area, id, body) : problem(404, 'not_found', 'There is nothing here.');
}

async function handle(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return next();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = request.headers['content-type']?.startsWith('application/json');
  const body = text && isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
  const { status = 200, body: reply } = answer(request.method ?? 'GET', url.pathname.slice('/api/v1/'.length), body);
  response.statusCode = status;
  if (reply === undefined) return void response.end();
  response.setHeader('content-type', status >= 400 ? 'application/problem+json' : 'application/json');
  response.end(JSON.stringify(reply));
}

export function mockApiPlugin(): Plugin {
  const middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) =>
    void handle(request, response, next);
  return {
    name: 'signalbox-mock-api',
    configureServer: server => void server.middlewares.use(middleware),
    configurePreviewServer: server => void server.middlewares.use(middleware),
  };
}
