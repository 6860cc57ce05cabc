// Ways in for conversions in the admin, on a real instance: keys that are replaced with an overlap, addresses, an upload checked and taken,
// and requests of nobody that are given to a network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callAs, openWindow } from './lib/browser.mjs';
import { cannotRun, openWorld, until, VISITOR } from './lib/world.mjs';

const skip = cannotRun();
const WAIT_MS = 60_000;

let world;
let page;
let troubles;
let network;
let click;

before(async () => {
  if (skip) return;
  world = await openWorld();
  ({ page, troubles } = await openWindow(world.browser, world.instance.admin));
  page.setDefaultTimeout(WAIT_MS);
});

after(async () => {
  await world?.close();
});

const call = (method, path, body) => callAs(page, method, path, body);
const button = name => page.getByRole('button', { name, exact: true });
const postback = key => `${world.instance.postback}/${key}/postback`;

test('a replaced key works on for a while, and the network shows until when', { skip, timeout: 300_000 }, async () => {
  await page.goto(world.instance.setup_url);
  await page.getByLabel('E-mail', { exact: true }).fill('ana@example.com');
  await page.getByLabel('Password', { exact: true }).fill('a long enough password');
  await button('Create workspace').click();
  await page.getByRole('heading', { name: 'Four steps to the first report' }).waitFor();
  await until(
    'the engine is ready',
    async () => (await call('GET', '/instance')).parts.find(part => part.name === 'warehouse')?.state === 'ready',
    WAIT_MS * 2,
  );
  await page.goto('/logs/postbacks');
  await button('Upload…').waitFor();
  troubles.splice(0);

  network = await call('POST', '/networks', { name: 'Lead Harbour' });
  await page.goto(`/networks/${network.id}`);
  await button('New key…').click();
  await page.getByText('You have that long to paste the new URL', { exact: false }).waitFor();
  await button('Replace key').click();
  await page.getByText(`(/${network.postback_key.slice(0, 4)}…/postback) works until`, { exact: false }).waitFor();
  const rotated = await call('GET', `/networks/${network.id}`);
  for (const key of [network.postback_key, rotated.postback_key]) {
    await until('both keys are known', async () => (await fetch(postback(key))).status === 400, WAIT_MS);
  }
  network = rotated;
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('addresses of a network are checked where they are typed', { skip, timeout: 180_000 }, async () => {
  await page.goto(`/networks/${network.id}`);
  const addresses = page.getByLabel('Addresses', { exact: false });
  await addresses.fill('10.0.0.0/99');
  await addresses.press('Enter');
  await button('Save').click();
  await page.getByText('is no address or network', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Remove 10.0.0.0/99' }).click();
  await addresses.fill('203.0.113.0/24');
  await addresses.press('Enter');
  await button('Save').click();
  await until(
    'it is saved',
    async () => (await call('GET', `/networks/${network.id}`)).allowed_ips[0] === '203.0.113.0/24',
    WAIT_MS,
  );
  const refused = `${postback(network.postback_key)}?subid=from-elsewhere`;
  await until('this machine is refused', async () => (await fetch(refused)).status === 403, WAIT_MS);
  network = await call('GET', `/networks/${network.id}`);
  network = await call('PUT', `/networks/${network.id}`, { ...network, allowed_ips: [] });
  await until('this machine may again', async () => (await fetch(refused)).status === 400, WAIT_MS);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('a pasted list is checked line by line, taken, and judged', { skip, timeout: 300_000 }, async () => {
  const destination = await call('POST', '/destinations', {
    name: 'Fit plan',
    kind: 'offer',
    network_id: network.id,
    url: `${world.outside.url}/offer?cid={click_id}`,
  });
  await call('POST', '/campaigns', {
    name: 'Uploads',
    slug: 'uploads',
    streams: [{ name: 'All', kind: 'regular', routes: [{ destination_id: destination.id, weight: 100 }] }],
  });
  click = await until(
    'a click is redirected',
    async () => {
      const answer = await fetch(`${world.instance.traffic}/uploads`, { redirect: 'manual', headers: VISITOR });
      return /cid=([0-9a-z]{26})/.exec(answer.headers.get('location') ?? '')?.[1];
    },
    WAIT_MS,
  );
  await page.goto('/logs/postbacks');
  await button('Upload…').click();
  await page.getByLabel('Affiliate network', { exact: true }).selectOption({ label: 'Lead Harbour' });
  const text = `subid;payout;tid;status\n${click};12.50;1001;sale\n${click};much;1002;sale\n${click};12.50;1001;sale\n`;
  await page.getByLabel('Lines', { exact: true }).fill(text);
  await button('Check the lines').click();
  await page.getByText('1 line cannot be understood').waitFor();
  await page.getByText('send a decimal number', { exact: false }).waitFor();
  await page.getByText('ready', { exact: true }).first().waitFor();
  await button('Take 2 lines').click();
  await page.getByText('2 lines taken').waitFor();
  await page.getByText('accepted', { exact: true }).waitFor();
  await page.getByText('duplicate', { exact: true }).waitFor();
  await page.getByText('All that are shown are judged', { exact: false }).waitFor();
  await button('Done').click();
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('a request with an unknown key is given to the network and judged', { skip, timeout: 300_000 }, async () => {
  const wrong = `${postback('nobody-has-this-key')}?subid=${click}&payout=3&tid=2002`;
  assert.equal((await fetch(wrong)).status, 404);
  await page.goto('/logs/postbacks');
  await button('Unknown keys').click();
  const stray = page.getByRole('listitem').filter({ hasText: 'tid=2002' });
  await stray.getByText('Give it to a network').click();
  await page.getByLabel('Network that sent them').selectOption({ label: 'Lead Harbour' });
  await button('Judge 1 as its own').click();
  await stray.getByText('Given to Lead Harbour', { exact: false }).waitFor();
  await until(
    'its verdict is in the log',
    async () => {
      const found = await call('GET', '/logs/postbacks');
      return found.items.some(row => row.query.includes('tid=2002') && row.verdict === 'accepted');
    },
    WAIT_MS * 2,
  );
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});
