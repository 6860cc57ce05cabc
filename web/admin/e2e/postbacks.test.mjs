// Received postbacks in the admin, on a real instance: why one was refused, judging it again, and what belongs to nobody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callAs, openWindow } from './lib/browser.mjs';
import { cannotRun, openWorld, until, VISITOR } from './lib/world.mjs';

const skip = cannotRun();
const WAIT_MS = 60_000;

let world;
let page;
let troubles;

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

async function openLog(pattern) {
  await until(
    'the row is in the log',
    async () => {
      await page.goto('/logs/postbacks');
      return page
        .getByRole('row', { name: pattern })
        .first()
        .waitFor({ timeout: 15_000 })
        .then(
          () => true,
          () => false,
        );
    },
    WAIT_MS * 3,
  );
}

test('a refused postback is judged again in the admin', { skip, timeout: 300_000 }, async () => {
  await page.goto(world.instance.setup_url);
  await page.getByLabel('E-mail', { exact: true }).fill('ana@example.com');
  await page.getByLabel('Password', { exact: true }).fill('a long enough password');
  await button('Create workspace').click();
  await page.getByRole('heading', { name: 'Four steps to the first report' }).waitFor();

  // Until the engine has started the pages say so, and the browser complains about the answers.
  await until(
    'the engine is ready',
    async () => (await call('GET', '/instance')).parts.find(part => part.name === 'warehouse')?.state === 'ready',
    WAIT_MS * 2,
  );
  await page.goto('/logs/postbacks');
  await button('Judge again…').waitFor();
  troubles.splice(0);

  const network = await call('POST', '/networks', { name: 'Lead Harbour' });
  const destination = await call('POST', '/destinations', {
    name: 'Fit plan',
    kind: 'offer',
    network_id: network.id,
    url: `${world.outside.url}/offer?cid={click_id}`,
  });
  await call('POST', '/campaigns', {
    name: 'Story',
    slug: 'story',
    streams: [{ name: 'All', kind: 'regular', routes: [{ destination_id: destination.id, weight: 100 }] }],
  });
  const click = await until(
    'a click is redirected',
    async () => {
      const answer = await fetch(`${world.instance.traffic}/story`, { redirect: 'manual', headers: VISITOR });
      return /cid=([0-9a-z]{26})/.exec(answer.headers.get('location') ?? '')?.[1];
    },
    WAIT_MS,
  );
  const base = `${world.instance.postback}/${network.postback_key}/postback`;
  await until('the network is known', async () => (await fetch(base)).status !== 404, WAIT_MS);
  const refused = await fetch(`${base}?subid=${click}&payout=12.34&status=bought`);
  assert.equal(refused.status, 400, await refused.text());

  await openLog(/refused.*bought/);
  await page.getByRole('row', { name: /refused.*bought/ }).click();
  await page.getByText('add the word under Networks', { exact: false }).last().waitFor();

  const statuses = [{ word: 'bought', status: 'sale' }];
  await call('PUT', `/networks/${network.id}`, { ...network, name: 'Harbour', statuses });
  await until(
    'the corrected network is known',
    async () => (await (await fetch(base)).text()).includes('Networks → Harbour'),
    WAIT_MS,
  );
  await button('Judge this one again').click();
  await page.getByText('Done', { exact: true }).waitFor();
  await page.getByRole('status').getByText('accepted', { exact: true }).waitFor();
  await openLog(/accepted.*bought/);

  await button('Judge again…').click();
  const accepted = page.getByText('Accepted: what counted follows', { exact: false });
  await accepted.click();
  await page.getByText('Refused', { exact: true }).click();
  await button('Judge 1 again').click();
  await page.getByText('Done', { exact: true }).waitFor();
  await page.getByRole('status').getByText('unchanged', { exact: true }).waitFor();
  await button('Close').last().click();
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('a request with an unknown key is shown to the admin, without the key', { skip, timeout: 120_000 }, async () => {
  const wrong = `${world.instance.postback}/nobody-has-this-key/postback?subid=lost-and-found`;
  assert.equal((await fetch(wrong)).status, 404);
  await page.goto('/logs/postbacks');
  await button('Unknown keys').click();
  await page.getByText('lost-and-found', { exact: false }).waitFor();
  assert.equal(await page.getByText('nobody-has-this-key', { exact: false }).count(), 0);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('what the source was told is sent again', { skip, timeout: 300_000 }, async () => {
  const told = () => world.outside.received.filter(url => url.startsWith('/told'));
  await call('POST', '/outputs', {
    name: 'Harbour pilot',
    url: `${world.outside.url}/told?c={click_id}&p={payout}`,
    statuses: ['sale'],
  });
  const networks = await call('GET', '/networks');
  const base = `${world.instance.postback}/${networks.items[0].postback_key}/postback`;
  const click = await until(
    'a click is redirected',
    async () => {
      const answer = await fetch(`${world.instance.traffic}/story`, { redirect: 'manual', headers: VISITOR });
      return /cid=([0-9a-z]{26})/.exec(answer.headers.get('location') ?? '')?.[1];
    },
    WAIT_MS,
  );
  // A conversion is told once the output is known: a further one each time until it is.
  let number = 0;
  await until(
    'the output is told',
    async () => {
      number += 1;
      await fetch(`${base}?subid=${click}&payout=${number}&status=bought&tid=pilot-${number}`);
      return told().length > 0;
    },
    WAIT_MS,
  );
  await until(
    'the delivery is in the log',
    async () => {
      await page.goto('/logs/deliveries');
      return page
        .getByRole('row', { name: /delivered.*Harbour pilot/ })
        .first()
        .waitFor({ timeout: 15_000 })
        .then(
          () => true,
          () => false,
        );
    },
    WAIT_MS * 3,
  );
  await page
    .getByRole('row', { name: /delivered.*Harbour pilot/ })
    .first()
    .click();
  assert.equal(new Set(told()).size, told().length, 'each conversion is told once');
  await button('Send again').click();
  await page.getByText('1 sent again.', { exact: true }).waitFor();
  await until('it arrives once more', async () => new Set(told()).size < told().length, WAIT_MS);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});
