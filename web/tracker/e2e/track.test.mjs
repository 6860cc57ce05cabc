// The tracking script in Chromium, on pages of another site, with a real instance behind it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { binaryPath, startInstance } from '../../admin/e2e/start-instance.mjs';

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find(path => path && existsSync(path));
const skip = !executablePath
  ? 'NOT TESTED: there is no Chromium (on Debian: apt-get install chromium)'
  : !binaryPath() && 'NOT TESTED: signalbox is not built (cargo build -p signalbox)';

const PASSWORD = 'a long enough password';
/** What a careful site allows: the tracker's script and its requests, nothing else from outside. */
const policy = tracker =>
  `default-src 'self'; script-src 'self' 'unsafe-inline' ${tracker}; connect-src ${tracker}; form-action *; frame-ancestors 'none'`;

let instance;
let browser;
let shop;
let offer;
let api;
let network;

/** A site: pages by path; what it was asked for. */
async function site(pages) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const page = pages(new URL(request.url, 'http://site').pathname);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (instance) response.setHeader('content-security-policy', policy(instance.traffic));
    response.end(page);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  // Another host name than the tracker's, so that this is another site.
  return { url: `http://localhost:${server.address().port}`, asked, close: () => server.close() };
}

async function until(what, ask, ms = 20_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not in ${ms} ms`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The API as its owner, by an API key. */
async function setUp() {
  const base = `${instance.admin}/api/v1`;
  const json = { 'content-type': 'application/json', origin: instance.admin };
  const token = new URL(instance.setup_url).searchParams.get('token');
  const session = await fetch(`${base}/setup`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({
      token,
      email: 'ana@example.com',
      password: PASSWORD,
      name: 'Ana',
      workspace: { name: 'Test', currency: 'USD', timezone: 'UTC' },
    }),
  });
  const cookie = session.headers
    .getSetCookie()
    .map(line => line.split(';')[0])
    .join('; ');
  const { csrf_token } = await session.json();
  const made = await fetch(`${base}/api-keys`, {
    method: 'POST',
    headers: { ...json, cookie, 'x-csrf-token': csrf_token },
    body: JSON.stringify({ name: 'test', role: 'admin' }),
  });
  const { key } = await made.json();
  // Configuration answers before the analytics database has been opened.
  const headers = { authorization: `Bearer ${key}` };
  await until('reports', async () => (await fetch(`${base}/logs/clicks?limit=1`, { headers })).ok, 60_000);
  return async (method, path, body) => {
    const answer = await fetch(base + path, {
      method,
      headers: { ...json, authorization: `Bearer ${key}` },
      body: body && JSON.stringify(body),
    });
    const value = await answer.json();
    assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
}

const page = (body, attributes = '') => `<!doctype html><title>Shop</title>
<script async src="${instance.traffic}/track.js" data-campaign="summer" data-links="127.0.0.1" ${attributes}></script>${body}`;

const LANDING = () => `
  <a id="host" href="${offer.url}/buy?a=1#top">Buy</a>
  <a id="placeholder" href="https://elsewhere.example/?sub={click_id}">Elsewhere</a>
  <a id="encoded" href="https://elsewhere.example/?sub=%7Bclick_id%7D">Elsewhere</a>
  <a id="other" href="https://unrelated.example/?x=1">Other</a>
  <a id="through" data-offer="1" href="#">Through</a>
  <form id="form" action="${offer.url}/order"><button id="send">Order</button></form>
  <form id="own" action="/search"><input id="hidden" type="hidden" name="sub" value="{click_id}"></form>
  <span id="text" data-click-id></span><input id="field" data-click-id>
  <script>window.hops = []; function hop(path) { history.pushState({}, '', path); document.body.insertAdjacentHTML('beforeend', '<a class="late" href="${offer.url}/late">late</a>'); }</script>`;

before(async () => {
  if (skip) return;
  offer = await site(() => 'thanks');
  offer.url = offer.url.replace('localhost', '127.0.0.1');
  instance = await startInstance();
  shop = await site(path => page(path === '/second' ? `<a id="host" href="${offer.url}/buy">Buy</a>` : LANDING()));
  api = await setUp();
  network = await api('POST', '/networks', { name: 'Own shop' });
  const destination = await api('POST', '/destinations', {
    name: 'Offer',
    network_id: network.id,
    kind: 'offer',
    url: `${offer.url}/redirected?cid={click_id}`,
  });
  await api('POST', '/campaigns', {
    name: 'Summer',
    slug: 'summer',
    streams: [{ name: 'All', kind: 'regular', routes: [{ destination_id: destination.id, weight: 100 }] }],
  });
  browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  await browser?.close();
  shop?.close();
  offer?.close();
  await instance?.stop();
});

const clicks = async () => (await api('GET', '/logs/clicks?limit=100')).items;

/** A visitor with an empty browser; `troubles` has what went wrong in it. */
async function visitor() {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const troubles = [];
  tab.on('pageerror', error => troubles.push(String(error)));
  tab.on('console', message => message.type() === 'error' && troubles.push(message.text()));
  return { context, tab, troubles };
}

const attribute = (tab, selector, name) => tab.getAttribute(selector, name);
const ready = tab => tab.evaluate(() => window.sbx.ready);

/** Opens a page once the campaign has reached routing. */
async function open(tab, path) {
  return until('the click is recorded', async () => {
    await tab.goto(shop.url + path);
    return Promise.race([ready(tab), new Promise(resolve => setTimeout(() => resolve(null), 2_000))]);
  });
}

test('a page view is a click, and its id is written into the page', { skip }, async () => {
  const { context, tab } = await visitor();
  const id = await open(tab, '/?utm_source=meta&sub_id_1=zone&keyword=red%20shoes');
  assert.match(id, /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(await attribute(tab, '#host', 'href'), `${offer.url}/buy?a=1&click_id=${id}#top`);
  assert.equal(await attribute(tab, '#placeholder', 'href'), `https://elsewhere.example/?sub=${id}`);
  assert.equal(await attribute(tab, '#encoded', 'href'), `https://elsewhere.example/?sub=${id}`);
  assert.equal(await attribute(tab, '#other', 'href'), 'https://unrelated.example/?x=1');
  assert.equal(await attribute(tab, '#hidden', 'value'), id);
  assert.equal(await tab.textContent('#text'), id);
  assert.equal(await tab.inputValue('#field'), id);
  assert.equal(await tab.inputValue('#form input[name=click_id]'), id);
  assert.ok((await attribute(tab, '#through', 'href')).startsWith(`${instance.traffic}/click/1?_token=`));
  const click = await until('the click is in the log', async () => (await clicks()).find(click => click.id === id));
  assert.equal(click.by_script, true);
  assert.equal(click.keyword, 'red shoes');
  assert.equal(click.sub_ids['1'], 'zone');
  await context.close();
});

test('going on is told once for each link, and the offer gets the click id', { skip }, async () => {
  const { context, tab, troubles } = await visitor();
  const id = await open(tab, '/?utm_source=links');
  await Promise.all([tab.waitForURL(`${offer.url}/buy**`), tab.click('#host')]);
  assert.ok(
    offer.asked.some(url => url === `/buy?a=1&click_id=${id}`),
    offer.asked.join(),
  );
  await tab.goto(`${shop.url}/?utm_source=links`);
  assert.equal(await ready(tab), id, 'a page view of the same visit is the same click');
  await Promise.all([tab.waitForURL(`${offer.url}/order**`), tab.click('#send')]);
  assert.ok(
    offer.asked.some(url => url.startsWith('/order?') && url.includes(`click_id=${id}`)),
    offer.asked.join(),
  );
  await tab.goto(`${shop.url}/?utm_source=links`);
  await ready(tab);
  await Promise.all([tab.waitForURL(`${offer.url}/redirected**`), tab.click('#through')]);
  assert.ok(
    offer.asked.some(url => url === `/redirected?cid=${id}`),
    'through the tracker',
  );
  const query = {
    dimensions: [],
    metrics: ['clicks', 'landing_views', 'landing_clicks', 'landing_hits'],
    range: { token: 'all_time' },
    filters: [{ field: 'keyword', op: 'is_not_set', values: [] }],
  };
  await until('the report has the landing clicks', async () => {
    const { metrics } = (await api('POST', '/reports/query', query)).totals;
    return String(metrics.landing_hits) === '3' && String(metrics.landing_clicks) === '1';
  });
  assert.deepEqual(troubles, [], 'nothing of it is against the policy of the page');
  await context.close();
});

test('later pages and pages of the app belong to the same click', { skip }, async () => {
  const { context, tab } = await visitor();
  const asked = [];
  tab.on('request', request => request.url().includes('/t/summer') && asked.push(request.url()));
  const id = await open(tab, '/?gclid=one');
  const before = asked.length;
  await tab.evaluate(() => window.hop('/app?page=2'));
  await tab.waitForFunction(() => document.querySelector('.late').href.includes('click_id='));
  assert.ok((await attribute(tab, '.late', 'href')).endsWith(`click_id=${id}`));
  await tab.goto(`${shop.url}/second?page=3`);
  assert.equal(await ready(tab), id);
  assert.ok((await attribute(tab, '#host', 'href')).endsWith(`click_id=${id}`));
  await tab.reload();
  await ready(tab);
  assert.equal(asked.length, before, 'none of that is another click');
  await tab.goto(`${shop.url}/?gclid=two`);
  await until('another paid visit is another click', async () => asked.length === before + 1);
  await tab.waitForFunction(known => document.querySelector('#text').textContent !== known, id);
  await context.close();
});

test('a conversion is attributed by the click id of the script', { skip }, async () => {
  const { context, tab } = await visitor();
  const id = await open(tab, '/?utm_source=conversion');
  await until('the postback is taken', async () => {
    const answer = await fetch(`${instance.traffic}/${network.postback_key}/postback?subid=${id}&payout=7`);
    return answer.status === 200;
  });
  await until('the conversion is in the log', async () => {
    const { items } = await api('GET', '/logs/conversions?limit=10');
    return items.find(conversion => conversion.click_id === id);
  });

  // Without the network's key: refused as long as the network does not take such postbacks, and the log says why.
  const keyless = `${instance.traffic}/click?cnv_id=${id}&payout=3&txid=`;
  assert.equal((await fetch(`${keyless}one`)).status, 200);
  await until('the refusal is in the log', async () => {
    const { items } = await api('GET', '/logs/postbacks?limit=20');
    return items.find(postback => postback.code === 'key_missing' && postback.reason.includes('Own shop'));
  });
  const { id: networkId, version } = network;
  await api('PUT', `/networks/${networkId}`, { version, name: 'Own shop', keyless: true });
  let number = 0;
  await until('a postback without key counts', async () => {
    await fetch(`${keyless}two${(number += 1)}`);
    const { items } = await api('GET', '/logs/conversions?limit=50');
    return items.find(conversion => conversion.transaction.startsWith('two') && conversion.click_id === id);
  });
  await context.close();
});

test('a page without its tracker, or with storage switched off, goes on working', { skip }, async () => {
  const { context, tab, troubles } = await visitor();
  await tab.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  const id = await open(tab, '/?utm_source=nostorage');
  await tab.goto(`${shop.url}/second`);
  assert.equal(await ready(tab), id, 'a cookie of the site stands in');
  await context.route('**/t/**', route => route.abort());
  await context.clearCookies();
  await tab.goto(`${shop.url}/?utm_source=offline`);
  assert.equal(await attribute(tab, '#other', 'href'), 'https://unrelated.example/?x=1');
  await Promise.all([tab.waitForURL(`${offer.url}/buy**`), tab.click('#host')]);
  assert.deepEqual(
    troubles.filter(text => !text.includes('ERR_FAILED')),
    [],
  );
  await context.close();
});
