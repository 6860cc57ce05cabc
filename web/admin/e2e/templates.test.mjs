// Sources and networks from templates, and outputs that are a platform's conversion API, on a real instance.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { settled } from './lib/all-pages.mjs';
import { axeViolations, openWindow, overflow } from './lib/browser.mjs';
import { cannotRun, openWorld, until } from './lib/world.mjs';

const skip = cannotRun();
const WAIT_MS = 120_000;
const FOLDER = new URL('./screenshots/', import.meta.url).pathname;
const VARIANTS = [
  { suffix: 'light', theme: 'light' },
  { suffix: 'dark', theme: 'dark' },
  { suffix: 'phone', theme: 'light', width: 390, height: 844 },
];

let world;
let page;
let troubles;

before(async () => {
  if (skip) return;
  await mkdir(FOLDER, { recursive: true });
  world = await openWorld();
  ({ page, troubles } = await openWindow(world.browser, world.instance.admin));
  page.setDefaultTimeout(WAIT_MS);
});

after(async () => {
  await world?.close();
});

const read = async path => (await page.request.get(`/api/v1${path}`)).json();

/** Opens the templates and chooses one: the two clicks. */
async function start(where, name) {
  await where.getByRole('button', { name: 'Start from a template', exact: true }).click();
  await where.getByRole('combobox', { name: /^Search templates/ }).fill(name);
  await where
    .getByRole('option', { name: new RegExp(`^${name}`) })
    .first()
    .click();
}

test('a source and its postback come from a template', { skip, timeout: 600_000 }, async () => {
  await page.goto(world.instance.setup_url);
  await page.getByLabel('E-mail', { exact: true }).fill('ana@example.com');
  await page.getByLabel('Password', { exact: true }).fill('a long enough password');
  await page.getByRole('button', { name: 'Create workspace', exact: true }).click();
  await page.getByRole('heading', { name: 'Four steps to the first report' }).waitFor();
  // Until the engine has started the pages say so, and the browser complains about the answers.
  await until(
    'the engine is ready',
    async () => (await read('/instance')).parts.find(part => part.name === 'warehouse')?.state === 'ready',
    WAIT_MS,
  );
  await page.goto('/sources');
  await settled(page);
  troubles.splice(0);

  await page.goto('/sources/new');
  await start(page, 'RichAds push');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'RichAds push');
  assert.equal(await page.getByLabel('Token 1', { exact: true }).inputValue(), '[CLICK_ID]');
  assert.equal(await page.getByLabel('Tell the source about conversions').isChecked(), true);
  await page.getByRole('button', { name: 'Create source', exact: true }).click();
  await page.getByText('Saved “RichAds push”').waitFor();
  const [source] = (await read('/sources')).items;
  const [output] = (await read('/outputs')).items;
  assert.deepEqual(output.scope, { type: 'source', id: source.id });
  assert.match(output.url, /\{external_id\}/);
  assert.equal(source.parameters[0].role, 'external_id');

  // An address that holds something of the account is not used before that is filled in.
  await page.goto('/sources/new');
  await start(page, 'Taboola');
  const tell = page.getByLabel('Tell the source about conversions');
  assert.equal(await tell.isChecked(), false);
  await page.locator('label').filter({ has: tell }).click();
  assert.equal(await tell.isChecked(), true);
  await page.getByRole('button', { name: 'Create source', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'Replace YOUR_EVENT_NAME' }).waitFor();
  const url = page.getByLabel('Its postback URL');
  await url.fill((await url.inputValue()).replace('YOUR_EVENT_NAME', 'purchase'));
  await page.getByRole('button', { name: 'Create source', exact: true }).click();
  await page.getByText('Saved “Taboola”').waitFor();
  const outputs = (await read('/outputs')).items;
  assert.ok(outputs.some(it => it.url.includes('name=purchase')));
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('a network comes from a template', { skip, timeout: 300_000 }, async () => {
  await page.goto('/networks/new');
  await start(page, 'Clickbooth');
  await page.getByRole('button', { name: 'Create network', exact: true }).click();
  await page.getByText('Saved “Clickbooth”').waitFor();
  await page.getByText('subid={subid2}&payout={payout}&tid={transid}', { exact: false }).first().waitFor();
  const [network] = (await read('/networks')).items;
  assert.equal(network.offer_parameters, 'subid2={click_id}');
});

test('an output is a conversion API whose token is never shown again', { skip, timeout: 300_000 }, async () => {
  await page.goto('/outputs/new');
  await page.getByLabel('Conversions of', { exact: true }).selectOption('workspace');
  await page.getByLabel('What is told', { exact: true }).selectOption('google');
  await page.getByText('Not tested against the live service').waitFor();
  assert.match(await page.getByLabel('Address of the API').inputValue(), /googleads/);
  await page.getByLabel('What is told', { exact: true }).selectOption('meta');
  assert.match(await page.getByLabel('Address of the API').inputValue(), /graph\.facebook/);
  assert.equal(await page.getByLabel('Sale', { exact: true }).inputValue(), 'Purchase');
  await page.getByLabel('Dataset (pixel) id').fill('not a number');
  await page.getByLabel('Access token').fill('top-secret-token');
  await page.getByRole('button', { name: 'Create outgoing postback', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'digits only' }).first().waitFor();
  await page.getByLabel('Dataset (pixel) id').fill('123456789');
  await page.getByRole('button', { name: 'Create outgoing postback', exact: true }).click();
  await page.getByText('Saved “graph.facebook.com”').waitFor();
  const list = await read('/outputs');
  assert.ok(!JSON.stringify(list).includes('top-secret'));
  const made = list.items.find(it => it.conversion_api);
  assert.deepEqual(made.conversion_api.credentials_set, ['access_token']);

  await page.goto(`/outputs/${made.id}`);
  assert.match(await page.getByLabel('Access token').getAttribute('placeholder'), /kept/);
  await page.getByLabel('Lead', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved “graph.facebook.com”').waitFor();
  const saved = await read(`/outputs/${made.id}`);
  assert.deepEqual(saved.conversion_api.credentials_set, ['access_token']);
  assert.ok(saved.conversion_api.events.every(event => event.status !== 'lead'));
  assert.deepEqual(troubles.splice(0), [], 'the browser complained');
});

test('the forms fit in every window', { skip, timeout: 600_000 }, async () => {
  const cookies = await page.context().cookies();
  const { items } = await read('/outputs');
  const api = items.find(it => it.conversion_api);
  const complaints = [];
  for (const variant of VARIANTS) {
    const { context, page: own, troubles: heard } = await openWindow(world.browser, world.instance.admin, variant);
    own.setDefaultTimeout(WAIT_MS);
    await context.addCookies(cookies);
    const look = async (name, path, act = async () => undefined) => {
      await own.goto(path);
      await settled(own);
      await act();
      await own.screenshot({ path: `${FOLDER}${name}-${variant.suffix}.png` });
      const wide = await overflow(own);
      if (wide > 0) complaints.push(`${name} ${variant.suffix}: ${wide} px too wide`);
      const serious = (await axeViolations(own)).filter(it => ['serious', 'critical'].includes(it.impact));
      complaints.push(...serious.map(it => `${name} ${variant.suffix}: ${it.id} ${it.nodes[0]}`));
    };
    await look('source-new', '/sources/new');
    await look('source-templates', '/sources/new', async () => {
      await own.getByRole('button', { name: 'Start from a template', exact: true }).click();
      await own.getByRole('option').first().waitFor();
    });
    await look('source-from-template', '/sources/new', () => start(own, 'Taboola'));
    await look('network-from-template', '/networks/new', () => start(own, 'Affise'));
    await look('output-new', '/outputs/new');
    await look('output-conversion-api', `/outputs/${api.id}`);
    complaints.push(...heard.map(trouble => `${variant.suffix}: ${trouble}`));
    await context.close();
  }
  assert.deepEqual(complaints, []);
});
