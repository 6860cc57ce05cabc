// A workspace with traffic, made through the API as a program would: two campaigns, a few clicks, two conversions.
import assert from 'node:assert/strict';
import { until, VISITOR } from './world.mjs';

export const EMAIL = 'ana@example.com';
export const PASSWORD = 'a long enough password';

const PHONE = {
  ...VISITOR,
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
};

/** Clicks as slug, zone and browser; those with a payout convert. */
const CLICKS = [
  ['summer', 'a', VISITOR, '5'],
  ['summer', 'a', PHONE, '7.50'],
  ['summer', 'a', VISITOR, null],
  ['summer', 'b', PHONE, null],
  ['summer', 'b', VISITOR, null],
  ['summer', 'c', VISITOR, null],
  ['winter', 'z', PHONE, null],
  ['winter', 'z', VISITOR, null],
];

/** A client of the API with the session of the window. While a part of the instance still starts (503), the answer is null. */
export function apiOf(page) {
  let csrf = '';
  const call = async (method, path, data) => {
    const answer = await page.request.fetch(`/api/v1${path}`, { method, data, headers: { 'X-CSRF-Token': csrf } });
    const text = await answer.text();
    if (answer.status() === 503) return null;
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const adopt = session => {
    csrf = session.csrf_token;
  };
  return { call, adopt, post: (path, data) => call('POST', path, data), get: path => call('GET', path) };
}

export async function seed(world, page) {
  const api = apiOf(page);
  const token = new URL(world.instance.setup_url).searchParams.get('token');
  const workspace = { name: 'Harbour Media', currency: 'USD', timezone: 'UTC' };
  api.adopt(await api.post('/setup', { token, email: EMAIL, password: PASSWORD, name: 'Ana', workspace }));
  const network = await api.post('/networks', { name: 'Lead Harbour', click_id_token: '{sub}' });
  const destination = await api.post('/destinations', {
    name: 'Fit plan',
    kind: 'offer',
    url: `${world.outside.url}/offer?sub={click_id}`,
    network_id: network.id,
  });
  for (const name of ['Summer', 'Winter']) {
    await api.post('/campaigns', {
      name,
      slug: name.toLowerCase(),
      cost: { model: 'cpc', amount: '0.10' },
      streams: [{ name: 'Everybody', kind: 'regular', routes: [{ destination_id: destination.id }] }],
    });
  }
  const { url: postback } = await api.get(`/networks/${network.id}/postback-url`);
  for (const [slug, zone, headers, payout] of CLICKS) {
    const click = await until(
      `the link of ${slug} routes`,
      async () => {
        const answer = await fetch(`${world.instance.traffic}/${slug}?sub_id_1=${zone}`, {
          redirect: 'manual',
          headers,
        });
        return answer.status === 302 ? new URL(answer.headers.get('location')).searchParams.get('sub') : null;
      },
      60_000,
    );
    if (payout) await convert(postback, click, payout);
  }
  await until(
    'every click and conversion is in the report',
    async () => {
      const report = await api.post('/reports/query', {
        metrics: ['clicks', 'revenue'],
        range: { token: 'last_7_days' },
        bots: 'include',
      });
      const { totals } = report ?? { totals: { metrics: {} } };
      return totals.metrics.clicks === CLICKS.length && Number(totals.metrics.revenue) === 12.5;
    },
    60_000,
  );
  return api;
}

async function convert(postback, click, payout) {
  const url = new URL(postback);
  for (const [name, value] of url.searchParams) if (value === '{sub}') url.searchParams.set(name, click);
  url.searchParams.set('payout', payout);
  url.searchParams.set('status', 'sale');
  // The service hears of a new network within about a second.
  await until(`the conversion of ${payout} is taken`, async () => (await fetch(url)).status === 200, 60_000);
}
