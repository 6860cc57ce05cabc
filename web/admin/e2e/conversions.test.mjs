// What people say about conversions in the admin, on a real instance: types of their own, rates of a day, payout rules, deletion and
// restoration.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { axeViolations, callAs, openWindow } from './lib/browser.mjs';
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
const workspace = async () => (await call('GET', '/workspaces')).items[0];

test('types of conversions and rates are made in the settings', { skip, timeout: 300_000 }, async () => {
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
  await page.goto('/settings/workspace');
  await button('Add type').waitFor();
  troubles.splice(0);
  await button('Add type').click();
  await page.getByLabel('Name of type 1').fill('sale');
  await button('Save').click();
  await page.getByText('is the word of a built-in status', { exact: false }).waitFor();
  await page.getByLabel('Name of type 1').fill('Qualified lead');
  await page.getByLabel('Words of type 1').fill('ql, good one');
  await page.getByLabel('What type 1 counts for').selectOption({ label: 'Counts, no revenue' });
  await page.getByLabel('Repeat of type 1').selectOption({ label: 'One a click: the first amount stands' });
  await page.getByLabel('Repeat of Rebill').selectOption({ label: 'One a click: amounts are added' });
  await button('Save').click();
  await until('the types are saved', async () => (await workspace()).conversion_types.length === 2, WAIT_MS);
  assert.deepEqual((await workspace()).conversion_types, [
    { status: 'custom9', name: 'Qualified lead', words: ['ql', 'good one'], repeat: 'keep' },
    { status: 'rebill', name: '', words: [], repeat: 'add' },
  ]);

  await button('Add rates from a day on…').click();
  await page.getByLabel('Rates', { exact: true }).fill('GBP;1.2\nGBP;1.3;2026-01-01\nGBP;much');
  await button('Preview').click();
  await page.getByText('2 new, 0 replaced, 1 cannot be read.').waitFor();
  await page.getByText('is no rate above 0', { exact: false }).waitFor();
  await page.getByLabel('Rates', { exact: true }).fill('GBP;1.2\nGBP;1.3;2026-01-01');
  await button('Preview').click();
  await page.getByText('2 new, 0 replaced.').waitFor();
  await button('Add').click();
  await page.getByText('from the beginning').waitFor();
  assert.equal((await workspace()).rates.length, 2);
  assert.deepEqual(await axeViolations(page), []);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('rates are fetched from a bank that fails first', { skip, timeout: 300_000 }, async () => {
  // Yesterday is no tomorrow in any timezone.
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  let fails = true;
  const bank = createServer((request, response) => {
    if (fails) response.statusCode = 503;
    response.end(`<Cube><Cube time='${day}'><Cube currency='USD' rate='1.25'/></Cube></Cube>`);
  });
  await new Promise(resolve => bank.listen(0, '127.0.0.1', resolve));
  try {
    await page.goto('/settings/workspace');
    await page.getByLabel('From', { exact: true }).selectOption({ label: 'European Central Bank' });
    await page.getByLabel('Address of a mirror').fill('not an address');
    await page.getByLabel('Currencies', { exact: true }).click();
    await page.getByRole('option', { name: /EUR/ }).click();
    await page.keyboard.press('Escape');
    await button('Save fetching').click();
    await page.getByText('must be an http(s) URL', { exact: false }).waitFor();
    await page.getByLabel('Address of a mirror').fill(`http://127.0.0.1:${bank.address().port}/eurofxref-daily.xml`);
    await button('Save fetching').click();
    await page.getByText('Fetching failed once').waitFor();
    await page.getByText('the server answered 503', { exact: false }).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    fails = false;
    await button('Fetch now').click();
    await page.getByText(`rates of ${day}, 1 of them new`, { exact: false }).waitFor();
    await page.getByText('Fetching failed', { exact: false }).waitFor({ state: 'detached' });
    const fetched = (await workspace()).rates.filter(rate => rate.source === 'ecb');
    assert.deepEqual(
      fetched.map(({ currency, rate }) => ({ currency, rate })),
      [{ currency: 'EUR', rate: '1.25' }],
    );
    await page.reload();
    await page.getByText('fetched from the European Central Bank', { exact: false }).waitFor();
    assert.deepEqual(troubles.splice(0), [], 'the browser complained');
  } finally {
    await new Promise(resolve => bank.close(resolve));
  }
});

test('a destination pays by status and country', { skip, timeout: 180_000 }, async () => {
  const network = await call('POST', '/networks', { name: 'Lead Harbour' });
  const destination = await call('POST', '/destinations', {
    name: 'Fit plan',
    kind: 'offer',
    network_id: network.id,
    url: `${world.outside.url}/offer?cid={click_id}`,
    payout_rules: [{ statuses: ['custom9'], payout: { type: 'fixed', amount: '2' } }],
  });
  await page.goto(`/destinations/${destination.id}`);
  await page.getByText('Qualified lead', { exact: true }).first().waitFor();
  await page.getByLabel('Amount of rule 1').fill('-1');
  await button('Save').click();
  await page.getByText('must not be negative').waitFor();
  await page.getByLabel('Amount of rule 1').fill('4.5');
  await button('Save').click();
  await until(
    'the rule is saved',
    async () => (await call('GET', `/destinations/${destination.id}`)).payout_rules[0].payout.amount === '4.5',
    WAIT_MS,
  );
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('an outgoing postback is for some second statuses', { skip, timeout: 180_000 }, async () => {
  await page.goto('/outputs/new');
  await page.getByLabel('Conversions of', { exact: true }).selectOption({ label: 'All of the workspace' });
  await page.getByLabel('URL', { exact: true }).fill(`${world.outside.url}/second?s={second_status}`);
  await page.getByLabel('Second statuses', { exact: false }).fill('shipped');
  await page.keyboard.press('Enter');
  await button('Create outgoing postback').click();
  const words = async () => (await call('GET', '/outputs')).items[0]?.second_statuses;
  assert.deepEqual(await until('it is there', words, WAIT_MS), ['shipped']);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('a conversion is deleted in the log and restored', { skip, timeout: 300_000 }, async () => {
  const [network] = (await call('GET', '/networks')).items;
  const [destination] = (await call('GET', '/destinations')).items;
  await call('POST', '/campaigns', {
    name: 'Types',
    slug: 'types',
    streams: [{ name: 'All', kind: 'regular', routes: [{ destination_id: destination.id, weight: 100 }] }],
  });
  const click = await until(
    'a click is redirected',
    async () => {
      const answer = await fetch(`${world.instance.traffic}/types`, { redirect: 'manual', headers: VISITOR });
      return /cid=([0-9a-z]{26})/.exec(answer.headers.get('location') ?? '')?.[1];
    },
    WAIT_MS,
  );
  const postback = `${world.instance.postback}/${network.postback_key}/postback?subid=${click}&status=ql&status2=called`;
  await until('the type is known', async () => (await fetch(postback)).status === 200, WAIT_MS);
  await until(
    'the conversion is in the log',
    async () => (await call('GET', '/logs/conversions')).items[0]?.status_name === 'Qualified lead',
    WAIT_MS * 2,
  );
  await page.goto('/logs/conversions');
  await page.getByRole('row', { name: /Qualified lead/ }).click();
  await page.getByText('called', { exact: true }).first().waitFor();
  await page.getByText('one for each click, the first amount stands', { exact: false }).waitFor();
  await button('Delete…').click();
  await page.getByLabel('Why', { exact: true }).fill('a test order');
  await button('Delete').click();
  await page.getByText('a test order', { exact: false }).waitFor();
  await button('Restore…').click();
  await button('Restore').click();
  await page.getByText('Restored by', { exact: false }).waitFor();
  const restored = (await call('GET', '/logs/conversions')).items;
  assert.equal(restored.length, 1);
  const record = await call('GET', `/conversions/${restored[0].id}`);
  assert.deepEqual([record.deleted, record.hands.map(hand => hand.action)], [false, ['delete', 'restore']]);
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});
