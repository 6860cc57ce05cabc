// The whole loop through the admin, on a real instance: set up, create everything, click, convert, read the report.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWindow } from './lib/browser.mjs';
import { checkAllPages, settled } from './lib/all-pages.mjs';
import { cannotRun, openWorld, until, VISITOR } from './lib/world.mjs';

const skip = cannotRun();
const PASSWORD = 'a long enough password';
const EMAIL = 'ana@example.com';

let world;
let page;
let troubles;
/** What earlier steps leave for later ones. */
const made = {};

before(async () => {
  if (skip) return;
  world = await openWorld();
  ({ page, troubles } = await openWindow(world.browser, world.instance.admin));
  page.setDefaultTimeout(30_000);
});

after(async () => {
  await world?.close();
});

/** A step of the story; a picture and the server's log are kept when it fails. */
function step(name, run) {
  test(name, { skip, timeout: 900_000 }, async context => {
    if (made.failed) {
      context.skip('an earlier step failed');
      return;
    }
    try {
      await run();
      assert.deepEqual(troubles.splice(0), [], 'the browser complained');
    } catch (error) {
      made.failed = true;
      await page
        .screenshot({ path: new URL('./screenshots/failed.png', import.meta.url).pathname })
        .catch(() => undefined);
      console.error(world.instance.log().split('\n').slice(-15).join('\n'));
      throw error;
    }
  });
}

const button = name => page.getByRole('button', { name, exact: true });
const text = name => page.getByRole('textbox', { name, exact: true });
const field = name => page.getByLabel(name, { exact: true });

/** What the links of a navigation are called. */
async function linksIn(where, navigation) {
  const names = await where.getByRole('navigation', { name: navigation }).getByRole('link').allTextContents();
  return names.map(name => name.trim());
}

async function choose(label, option) {
  await page.getByRole('button', { name: label, exact: true }).click();
  await page
    .getByRole('combobox', { name: /^Search/ })
    .last()
    .fill(option);
  await page.getByRole('option', { name: option }).first().click();
}

step('first-run set-up', async () => {
  await page.goto(world.instance.setup_url);
  await field('Your name (optional)').fill('Ana');
  await field('E-mail').fill(EMAIL);
  await field('Password').fill('short');
  await choose('Timezone', 'UTC');
  await button('Create workspace').click();
  await page.getByRole('alert').filter({ hasText: 'at least 10' }).waitFor();
  await field('Password').fill(PASSWORD);
  await button('Create workspace').click();
  // The analytics database may be starting still; the page asks again until it answers.
  await page.getByRole('heading', { name: 'Four steps to the first report' }).waitFor({ timeout: 120_000 });
  troubles.splice(0, troubles.length, ...troubles.filter(trouble => !trouble.includes('status of 503')));
});

step('the set-up link works once', async () => {
  await page.goto(world.instance.setup_url);
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goto('/');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
});

step('an affiliate network gives its postback URL', async () => {
  await page.goto('/networks/new');
  await field('Name').fill('Lead Harbour');
  await field('Click id macro').fill('{aff_sub}');
  await field('Payout macro (optional)').fill('{payout}');
  await field('Status macro (optional)').fill('{status}');
  await field('Transaction id macro (optional)').fill('{tid}');
  await field('Offer parameters (optional)').fill('aff_sub={click_id}');
  await button('Create network').click();
  made.postbackUrl = await page.getByRole('textbox', { name: 'postback URL' }).textContent();
  assert.match(made.postbackUrl, /\/postback\?.*\{aff_sub\}/);
  assert.ok(made.postbackUrl.startsWith(world.instance.postback), made.postbackUrl);
});

step('a traffic source maps its parameters', async () => {
  await page.goto('/sources/new');
  await field('Name').fill('PopRiver');
  await button('Click id').click();
  await field('Token 1').fill('{click_id}');
  await button('Cost').click();
  await field('Token 2').fill('{bid}');
  await button('Add parameter').click();
  await field('Parameter 3').fill('zone');
  await field('Token 3').fill('{zoneid}');
  await field('Label 3').fill('Zone');
  await page.getByText('?click_id={click_id}&cost={bid}&zone={zoneid}').waitFor();
  await button('Create source').click();
  await page.getByRole('cell', { name: 'PopRiver' }).first().waitFor();
});

step('a destination with macros belongs to the network', async () => {
  await page.goto('/destinations/new');
  await text('URL').fill(`${world.outside.url}/offer?zone={sub_id_1}`);
  await field('Name').fill('Fit plan');
  await choose('Affiliate network', 'Lead Harbour');
  await button('Create destination').click();
  await page.getByRole('cell', { name: 'Fit plan' }).first().waitFor();
});

step('a macro that is none is said when a destination is saved, and on it', async () => {
  await page.goto('/destinations/new');
  await text('URL').fill(`${world.outside.url}/offer?s={clikid}`);
  await field('Name').fill('Mistyped');
  await button('Create destination').click();
  await page.getByText('Saved “Mistyped”: check its URL').waitFor();
  await page.getByRole('row', { name: /Mistyped.*\{clikid\} is no macro/ }).click();
  await page.getByText('Check the URL as it is saved').waitFor();
  await button('Delete…').click();
  await button('Delete').click();
  await until('it is gone', async () => (await page.getByRole('row', { name: /Mistyped/ }).count()) === 0);
});

step('an outgoing postback tells the source', async () => {
  await page.goto('/outputs/new');
  await choose('Which one', 'PopRiver');
  await text('URL').fill(`${world.outside.url}/s2s?cid={external_id}&payout={payout}&status={status}`);
  await field('Name').fill('PopRiver S2S');
  await button('Create outgoing postback').click();
  await page.getByRole('cell', { name: 'PopRiver S2S' }).first().waitFor();
});

step('a campaign is made in one form and has its link at once', async () => {
  await page.goto('/campaigns');
  await page.getByText('No campaigns yet').waitFor();
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await choose('Traffic source', 'PopRiver');
  await choose('Destination', 'Fit plan');
  await field('Amount, USD').fill('0,05');
  await button('Create campaign').click();
  await page.getByRole('alert').filter({ hasText: 'is not a decimal number' }).waitFor();
  await field('Amount, USD').fill('0.05');
  await button('Create campaign').click();
  await page.getByRole('heading', { name: 'PopRiver – Fit plan' }).waitFor();
  made.campaignPath = new URL(page.url()).pathname;
  made.link = await page.getByRole('textbox', { name: 'campaign link' }).textContent();
  assert.ok(made.link.startsWith(world.instance.traffic), made.link);
  assert.match(made.link, /\?click_id=\{click_id\}&cost=\{bid\}&zone=\{zoneid\}$/);
});

step('a mistake is named at its field', async () => {
  await page.goto(`${made.campaignPath}?tab=settings`);
  await field('Slug').fill('click');
  await button('Save').click();
  await page
    .getByRole('alert')
    .filter({ hasText: /reserved/ })
    .waitFor();
  await field('Slug').fill('fit-plan');
  await button('Save').click();
  await page.getByText('Visitors are routed by it within a second.').waitFor();
  made.link = made.link.replace(/\/[^/?]+\?/, '/fit-plan?');
});

step('a stream that gets nobody because another one takes everybody says so', async () => {
  await page.goto(made.campaignPath);
  await button('Regular stream').click();
  await page.getByText('“Everybody” above lets everybody in').waitFor();
  await button('Move Stream 2 up').click();
  await page.getByText('“Stream 2” above lets everybody in').waitFor();
  await button('Actions for stream Stream 2').click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByText('lets everybody in').waitFor({ state: 'detached' });
});

step('a stream gets rules with nested groups', async () => {
  await page.goto(made.campaignPath);
  await button('Forced stream').click();
  await field('Name').last().fill('Crawlers');
  await button('Condition').first().click();
  await page.getByRole('option', { name: 'Bot', exact: true }).click();
  assert.equal(await field('Values of Bot').inputValue(), 'true');
  await button('Group').click();
  await button('Condition').first().click();
  await page.getByRole('option', { name: 'Country', exact: true }).click();
  await page.getByRole('button', { name: /Values of Country/ }).click();
  await page.getByRole('combobox', { name: /Search Values of Country/ }).fill('Germany');
  await page.getByRole('option', { name: /Germany/ }).click();
  await page.keyboard.press('Escape');
  await page.getByLabel('Action', { exact: true }).selectOption('not_found');
  await page.getByText('Bot: yes and (Country is DE)').waitFor();
  await button('Save').click();
  await page.getByText('Visitors are routed by it within a second.').waitFor();
  await page.reload();
  await page.getByText('Bot: yes and (Country is DE)').waitFor();
});

step('an expression is refused by the server at its place, and kept when it is right', async () => {
  await page.goto(made.campaignPath);
  await page.getByRole('button', { name: /^Crawlers/ }).click();
  await button('Expression').last().click();
  await text('Expression').fill('country ==');
  await button('Save').click();
  await page.getByText('Some settings need attention').waitFor();
  await page
    .getByRole('alert')
    .filter({ hasText: /line 1, column/i })
    .first()
    .waitFor();
  await text('Expression').fill('sub_id[1] == "99" ||');
  await button('Insert a field').click();
  await page.getByRole('combobox', { name: 'Search fields' }).fill('bot');
  await page.getByRole('option', { name: /^bot_reason/ }).click();
  await text('Expression').fill('sub_id[1] == "99" || bot_reason != ""');
  await page.getByText('Caps', { exact: true }).click();
  await button('Add cap').click();
  await field('Limit, cap 1 of stream Crawlers').fill('1000');
  await button('Save').click();
  await page.getByText('Visitors are routed by it within a second.').waitFor();
  await page.reload();
  await page.getByText('capped', { exact: true }).waitFor();
});

step('the simulator shows what assumed counts and headers would change', async () => {
  await page.goto(`${made.campaignPath}?tab=simulator`);
  await field('Browser').selectOption({ label: 'Search engine crawler' });
  await button('Simulate a click').click();
  await page.getByText('bot: known bot').waitFor();
  await page.getByText('Seen before', { exact: true }).click();
  await page.getByText('Clicked in this campaign', { exact: true }).click();
  await page.getByText('Counts and health', { exact: true }).click();
  await button('Count').click();
  await choose('Count 1 of: Count of…', 'Crawlers');
  await field('Value of count 1').fill('1000');
  await button('Simulate a click').click();
  await page.getByText('took the click').waitFor();
});

step('the simulator says where a visitor would go and why', async () => {
  await page.goto(`${made.campaignPath}?tab=simulator`);
  await field('IP address').fill('999.1');
  await button('Simulate a click').click();
  await page.getByText('Must be an IPv4 or IPv6 address', { exact: false }).first().waitFor();
  await field('IP address').fill('');
  await field('Query or whole link').fill('zone=17&cost=0.02');
  await button('Simulate a click').click();
  await page.getByText('Routed', { exact: true }).waitFor();
  await page.getByText('conditions do not hold').waitFor();
  await page.getByText('took the click').waitFor();
  const target = await page.getByRole('textbox', { name: 'target' }).textContent();
  assert.match(target, /\/offer\?zone=17&aff_sub=/);
});

step('a real click is redirected', async () => {
  const link = made.link.replace('{click_id}', 'ext-1').replace('{bid}', '0.0125').replace('{zoneid}', '17');
  const answer = await until('the link routes', async () => {
    const response = await fetch(link, { redirect: 'manual', headers: VISITOR });
    return response.status === 302 ? response : null;
  });
  const location = new URL(answer.headers.get('location'));
  assert.equal(location.origin, world.outside.url);
  assert.equal(location.searchParams.get('zone'), '17');
  made.clickId = location.searchParams.get('aff_sub');
  assert.match(made.clickId, /^[0-9a-hjkmnp-tv-z]{26}$/);
});

step('its conversion is reported by postback, twice', async () => {
  const url = made.postbackUrl
    .replace('{aff_sub}', made.clickId)
    .replace('{payout}', '12.34')
    .replace('{status}', 'approved')
    .replace('{tid}', 'TX-1');
  for (let time = 0; time < 2; time += 1) assert.equal((await fetch(url)).status, 200);
});

step('the report shows 1 click, 1 conversion and the exact money', async () => {
  await page.goto('/report?range=today&by=campaign,destination');
  const total = page.locator('tfoot');
  await until(
    'the report is complete',
    async () => {
      const shown = await total.textContent().catch(() => '');
      if (shown.includes('$12.34')) return true;
      await page.waitForTimeout(300);
      await page.reload();
      return false;
    },
    120_000,
  );
  const cell = async title => {
    const heads = await page.locator('thead th').allTextContents();
    const cells = await total.locator('td').allTextContents();
    return cells[heads.findIndex(head => head.trim() === title)];
  };
  assert.equal(await cell('Clicks'), '1');
  assert.equal(await cell('Uniques'), '1');
  assert.equal(await cell('Conv.'), '1');
  assert.equal(await cell('CR'), '100.00%');
  assert.equal(await cell('Revenue'), '$12.34');
  assert.equal(await cell('Cost'), '$0.01');
  assert.equal(await cell('Profit'), '$12.33');
  const tree = page.locator('main');
  await tree.getByRole('button', { name: 'Open PopRiver – Fit plan' }).click();
  await tree.getByRole('button', { name: 'Fit plan', exact: true }).waitFor();
  await button('Export').click();
  const [download] = await Promise.all([page.waitForEvent('download'), button('Export CSV').click()]);
  assert.match(download.suggestedFilename(), /^signalbox-report-\d{4}-\d{2}-\d{2}\.csv$/);
  await tree.getByRole('button', { name: 'PopRiver – Fit plan', exact: true }).click();
  await page.waitForURL(/by=destination&.*f=campaign~equals~/);
});

step('the dashboard and the list of campaigns show it too', async () => {
  await page.goto('/');
  await page.getByText('$12.34').first().waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Four steps to the first report' }).count(), 0);
  await page.goto('/campaigns');
  await page.getByRole('row', { name: /PopRiver – Fit plan.*\$12\.34/ }).waitFor();
});

step('the logs say what happened and why', async () => {
  await page.goto('/logs/clicks');
  await page.getByRole('row', { name: /routed.*PopRiver – Fit plan/ }).click();
  await page.getByText('ext-1').last().waitFor();
  await page.keyboard.press('Escape');
  await page.goto('/logs/postbacks');
  await page.getByRole('row', { name: /accepted/ }).waitFor();
  await page.getByRole('row', { name: /duplicate/ }).waitFor();
  await page.goto('/logs/conversions');
  await page.getByRole('row', { name: /sale.*\$12\.34/ }).click();
  await page.getByRole('heading', { name: 'History' }).waitFor();
  await page.getByRole('link', { name: 'Show click' }).click();
  await page.getByRole('heading', { name: 'Request' }).waitFor();
  // The log looks again by itself until the delivery has come.
  await page.goto('/logs/deliveries?live=1');
  await page.getByRole('row', { name: /delivered/ }).waitFor({ timeout: 120_000 });
  assert.deepEqual(
    world.outside.received.filter(url => url.startsWith('/s2s')),
    ['/s2s?cid=ext-1&payout=12.34&status=sale'],
  );
});

step('a click of the log is simulated again', async () => {
  await page.goto('/logs/clicks');
  await page.locator('tbody tr').first().click();
  await page.getByText('Why it went there').waitFor();
  await page.getByRole('link', { name: 'Simulate this click again' }).click();
  await page.getByText('The form holds what was kept of the click').waitFor();
  assert.match(await field('Query or whole link').inputValue(), /zone=17/);
  await button('Simulate a click').click();
  await page.getByText('Routed', { exact: true }).waitFor();
  await page.getByText('Crawlers', { exact: true }).waitFor();
});

step('logs are filtered in the URL', async () => {
  await page.goto('/logs/clicks?f=country~is_set;campaign~equals~0d3k5v8t2m9qa');
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('button', { name: 'Remove filter on Campaign' }).click();
  await page.getByRole('button', { name: 'Remove filter on Country' }).click();
  await page.getByRole('row', { name: /PopRiver – Fit plan/ }).waitFor();
  await page.goto('/logs/clicks?f=none(campaign~is_set)');
  await page.getByText('Nothing fits these filters').waitFor();
  await page.goto('/logs/clicks?f=any(country~is_set;campaign~is_set)');
  await page.getByRole('row', { name: /PopRiver – Fit plan/ }).waitFor();
  await page.getByRole('button', { name: 'Country is present or Campaign is present' }).click();
  await button('Remove group 1').last().click();
  await button('Apply filters').click();
  await page.waitForURL(/\/logs\/clicks$/);
});

step('a thing in use says where', async () => {
  await page.goto('/destinations');
  await page.getByRole('button', { name: 'Actions for Fit plan' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await button('Delete').click();
  await page.getByRole('alert').filter({ hasText: 'PopRiver – Fit plan (campaign)' }).waitFor();
  await button('Cancel').click();
});

step('campaigns are cloned, paused and archived', async () => {
  await page.goto(made.campaignPath);
  await button('More actions').click();
  await page.getByRole('menuitem', { name: 'Clone' }).click();
  await page.getByRole('heading', { name: /\(copy\)/ }).waitFor();
  await button('More actions').click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await page.getByText('paused', { exact: true }).first().waitFor();
  await button('More actions').click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByLabel(/Type “/).fill('PopRiver – Fit plan (copy)');
  await button('Delete').click();
  await page.waitForURL(/\/campaigns$/);
  await until('the copy is gone', async () => (await page.getByRole('row', { name: /\(copy\)/ }).count()) === 0);
});

step('an API key is shown once and works', async () => {
  await page.goto('/settings/keys');
  await button('New key').click();
  await field('Name').fill('Nightly export');
  await button('Create key').click();
  const key = await page.getByRole('textbox', { name: 'API key' }).textContent();
  await button('Done').click();
  await page.getByRole('cell', { name: 'Nightly export' }).first().waitFor();
  assert.equal(await page.getByText(key).count(), 0);
  const answer = await fetch(`${world.instance.admin}/api/v1/campaigns`, { headers: { 'Api-Key': key } });
  assert.equal((await answer.json()).items[0].name, 'PopRiver – Fit plan');
});

step('a viewer may look and not touch', async () => {
  await page.goto('/settings/users/new');
  await field('E-mail').fill('viewer@example.com');
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await field('Password').fill(PASSWORD);
  await button('Add user').click();
  await page.getByRole('cell', { name: 'viewer@example.com' }).waitFor();
  const other = await openWindow(world.browser, world.instance.admin);
  await other.page.goto('/login');
  await other.page.getByLabel('E-mail').fill('viewer@example.com');
  await other.page.getByLabel('Password').fill(PASSWORD);
  await other.page.getByRole('button', { name: 'Log in' }).click();
  await other.page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  await other.page.goto('/campaigns');
  const create = other.page.getByRole('link', { name: 'New campaign' });
  assert.equal(await create.getAttribute('aria-disabled'), 'true');
  assert.equal(await create.getAttribute('title'), 'Needs the role editor; yours is viewer.');
  await other.page.goto('/networks');
  await other.page.getByRole('row', { name: /Lead Harbour/ }).click();
  assert.equal(await other.page.getByRole('button', { name: 'Save' }).isDisabled(), true);
  await other.page.getByText('It holds a secret').waitFor();
  for (const [path, words] of [
    ['/share-links', 'This page is for editors and admins'],
    ['/settings/users', 'This page is for admins'],
    ['/settings/users/new', 'This page is for admins'],
    ['/settings/keys', 'This page is for admins'],
  ]) {
    await other.page.goto(path);
    await other.page.getByText(words, { exact: true }).waitFor();
  }
  assert.deepEqual(await linksIn(other.page, 'Settings'), ['Workspace', 'Retention', 'Privacy', 'System', 'Profile']);
  await other.page.goto('/settings/data');
  assert.equal(await other.page.getByRole('button', { name: 'Save' }).isDisabled(), true);
  const links = await linksIn(other.page, 'Main');
  assert.ok(links.includes('Report') && !links.includes('Share links'), links.join());
  for (const name of links) {
    await other.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();
    await other.page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
    await settled(other.page);
  }
  assert.deepEqual(other.troubles, []);
  await other.context.close();
});

step('the palette knows the words of other trackers', async () => {
  await page.goto('/');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  for (const [word, heading] of [
    ['lander', 'Destinations'],
    ['s2s callback', 'Received postbacks'],
    ['fit-plan', 'PopRiver – Fit plan'],
  ]) {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Search pages/ }).fill(word);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  }
});

step('every page is accessible, fits its window and looks like this', async () => {
  await checkAllPages(world, page, made.campaignPath, troubles);
});

step('signing out ends the session, and logging in leads back', async () => {
  await page.goto('/sources');
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goto('/sources?q=pop');
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await field('E-mail').fill(EMAIL);
  await field('Password').fill('not the password');
  await button('Log in').click();
  await page.getByRole('alert').waitFor();
  await field('Password').fill(PASSWORD);
  await button('Log in').click();
  await page.waitForURL(/\/sources\?q=pop$/);
  await page.getByRole('cell', { name: 'PopRiver' }).first().waitFor();
});
