// The report and what is made of it, on a real instance: filters in groups, columns, own metrics, views, files, links, costs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openWindow } from './lib/browser.mjs';
import { complaintsAbout } from './lib/pictures.mjs';
import { seed } from './lib/seed.mjs';
import { cannotRun, openWorld, until } from './lib/world.mjs';

const skip = cannotRun();
const LINK_PASSWORD = 'only for partners';

let world;
let page;
let troubles;
let api;
let failed = false;
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

function step(name, run) {
  test(name, { skip, timeout: 900_000 }, async context => {
    if (failed) {
      context.skip('an earlier step failed');
      return;
    }
    try {
      await run();
      assert.deepEqual(troubles.splice(0), [], 'the browser complained');
    } catch (error) {
      failed = true;
      await page
        .screenshot({ path: new URL('./screenshots/failed-reporting.png', import.meta.url).pathname })
        .catch(() => undefined);
      console.error(world.instance.log().split('\n').slice(-15).join('\n'));
      throw error;
    }
  });
}

const button = (name, where = page) => where.getByRole('button', { name, exact: true });
const field = (name, where = page) => where.getByLabel(name, { exact: true });
const dialog = () => page.getByRole('dialog').last();

/** Picks an entry of the searchable list that is open. */
async function pick(option, where = page) {
  const search = where.getByRole('combobox', { name: /^Search/ }).last();
  await search.fill(option);
  await where.getByRole('option', { name: option, exact: true }).first().click();
}

/** A figure of the totals row, by the title of its column. */
async function total(title, where = page) {
  const titles = await heads(where);
  const cells = await where.locator('tfoot td').allTextContents();
  return cells[titles.indexOf(title)];
}

async function totalIs(title, text, where = page) {
  await until(`the total of ${title} is ${text}`, async () => (await total(title, where)) === text);
}

/** Titles of the columns, once the table has them. */
async function headsAre(expected) {
  await until(`the columns are ${expected.join(', ')}`, async () => (await heads()).join() === expected.join());
}

async function heads(where = page) {
  return (await where.locator('thead th').allTextContents()).map(head => head.trim());
}

step('a workspace with traffic', async () => {
  api = await seed(world, page);
});

step('a row is broken down by one more dimension', async () => {
  await page.goto('/report?by=campaign&range=last_7_days&bots=include');
  await totalIs('Clicks', '8');
  await button('Break down Summer').click();
  await pick('Sub id 1');
  await page.waitForURL(/by=campaign,sub_id_1/);
  await page.getByRole('row', { name: / a 3 / }).waitFor();
  await button('Close Summer').click();
  await button('Open Winter').click();
  await page.getByRole('row', { name: / z 2 / }).waitFor();
});

step('a report that takes long says so, and shows what there was until then', async () => {
  await page.goto('/report?by=sub_id_1&range=last_7_days&bots=include');
  await totalIs('Clicks', '8');
  const progress = page.getByRole('progressbar', { name: 'Rows read' });
  let goOn;
  const held = new Promise(resolve => {
    goOn = resolve;
  });
  await page.route('**/api/v1/reports/query*', async route => {
    await held;
    await route.continue();
  });
  await button('Clicks').click();
  await progress.waitFor();
  await totalIs('Clicks', '8');
  await page.screenshot({ path: new URL('./screenshots/report-progress.png', import.meta.url).pathname });
  goOn();
  await progress.waitFor({ state: 'detached' });
  await page.unroute('**/api/v1/reports/query*');
});

step('filters in groups: any and none of them', async () => {
  await page.goto('/report?by=sub_id_1&range=last_7_days&bots=include');
  await totalIs('Clicks', '8');
  await button('Filter').click();
  await page.getByRole('button', { name: /^Groups/ }).click();
  await button('Add a group', dialog()).click();
  for (const zone of ['b', 'c']) {
    await button('Add a condition to group 1', dialog()).click();
    await pick('Sub id 1', dialog());
    await dialog()
      .getByRole('button', { name: /Values of Sub id 1/ })
      .last()
      .click();
    await pick(zone, dialog());
    await page.keyboard.press('Escape');
  }
  await button('Apply filters', dialog()).click();
  await page.waitForURL(/f=any\(sub_id_1~equals~b;sub_id_1~equals~c\)/);
  await totalIs('Clicks', '3');
  made.filtered = page.url();
  await page.getByRole('button', { name: /Sub id 1 is b or Sub id 1 is c/ }).click();
  await dialog().getByText('None', { exact: true }).click();
  await button('Apply filters', dialog()).click();
  await totalIs('Clicks', '5');
  // The link shows the same report to whoever opens it.
  await page.goto(made.filtered);
  await totalIs('Clicks', '3');
});

step('filters on figures: which rows are shown, and what they come to', async () => {
  await page.goto('/report?by=sub_id_1&range=last_7_days&bots=include');
  await totalIs('Clicks', '8');
  await button('Figures').click();
  await pick('Clicks');
  await field('Value of Clicks').fill('3');
  await totalIs('Clicks', '3');
  await page.waitForURL(/h=clicks~at_least~3/);
  await field('Comparison').selectOption('less_than');
  await totalIs('Clicks', '5');
  await page.keyboard.press('Escape');
  // The link shows the same report, and the tree has the same rows at its first level.
  await page.goto(page.url());
  await totalIs('Clicks', '5');
  await button('Remove filter on Clicks').click();
  await totalIs('Clicks', '8');
});

step('a filter with a comparison of text, and its chip', async () => {
  await page.goto('/report?by=campaign&range=last_7_days&bots=include');
  await button('Filter').click();
  await pick('Sub id 1');
  await field('Comparison').selectOption('not_equals');
  await page.getByRole('button', { name: /Values of Sub id 1/ }).click();
  await pick('a');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await totalIs('Clicks', '5');
  await button('Remove filter on Sub id 1').click();
  await totalIs('Clicks', '8');
});

step('an own metric: its mistake is shown at its place, then it is a column', async () => {
  await page.goto('/report?by=campaign&range=last_7_days&bots=include');
  await page.getByRole('button', { name: /^Columns/ }).click();
  await dialog().getByRole('searchbox', { name: 'Search metrics' }).fill('revenue clicks');
  await dialog().getByText('revenue / clicks', { exact: true }).waitFor();
  await button('Own metric', dialog()).click();
  await field('Name').fill('Money per ten');
  await field('Formula').fill('revenue / clickz * 10');
  await page
    .getByRole('alert')
    .filter({ hasText: /character 11:.*did you mean clicks/i })
    .waitFor();
  assert.equal(await dialog().locator('mark').textContent(), 'clickz');
  await field('Formula').fill('revenue / clicks * 10');
  await page.getByText('The formula is understood.').waitFor();
  await field('Shown as').selectOption('money');
  await button('Create metric').click();
  await totalIs('Money per ten', '$15.63');
});

step('columns are put in order', async () => {
  await page.getByRole('button', { name: /^Columns/ }).click();
  while (
    (await dialog()
      .getByRole('button', { name: /^Take (?!Clicks |Revenue |Money per ten )/ })
      .count()) > 0
  )
    await dialog()
      .getByRole('button', { name: /^Take (?!Clicks |Revenue |Money per ten )/ })
      .first()
      .click();
  await button('Move Money per ten up', dialog()).click();
  await button('Show 3 columns', dialog()).click();
  await page.waitForURL(/cols=clicks,custom_money_per_ten,revenue/);
  await headsAre(['Campaign', 'Clicks', 'Money per ten', 'Revenue']);
});

step('a metric is changed and deleted where it is chosen', async () => {
  await page.getByRole('button', { name: /^Columns/ }).click();
  await button('Edit Money per ten', dialog()).click();
  await field('Formula').fill('revenue / clicks * 100');
  await page.getByText('The formula is understood.').waitFor();
  await button('Save', dialog()).click();
  await totalIs('Money per ten', '$156.25');
});

step('each figure is compared with the period before', async () => {
  await page.goto('/report?by=campaign&range=last_7_days&bots=include&cols=clicks,revenue');
  await totalIs('Clicks', '8');
  await button('Compare').click();
  await page.waitForURL(/compare=previous/);
  await page.getByText(/compared with the period before/).waitFor();
  await totalIs('Clicks', '8new');
  assert.equal(await button('Compare').getAttribute('aria-pressed'), 'true');
});

step('a view is saved, begins the page, is changed and left', async () => {
  await page.goto('/report?by=sub_id_1&range=last_7_days&bots=include&cols=clicks,cost,revenue');
  await totalIs('Clicks', '8');
  await button('Views').click();
  await page.getByRole('menuitem', { name: 'Save as a new view…' }).click();
  await field('Name').fill('Zones of the week');
  await button('Save view').click();
  await page.waitForURL(/v=/);
  await button('Zones of the week').click();
  await page.getByRole('menuitem', { name: 'Begin with this view' }).click();
  await page.getByText('The page begins with “Zones of the week”').waitFor();
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Report' }).click();
  await page.waitForURL(/by=sub_id_1/);
  await button('Zones of the week').waitFor();
  await headsAre(['Sub id 1', 'Clicks', 'Cost', 'Revenue']);
  await field('Bots').selectOption('exclude');
  await page.getByRole('button', { name: /Zones of the week\s*changed/ }).waitFor();
  await field('Bots').selectOption('include');
  await button('Zones of the week').click();
  await page.getByRole('menuitem', { name: 'Plain report' }).click();
  await page.getByRole('columnheader', { name: 'Campaign' }).waitFor();
  await button('Views').waitFor();
  // The address of the plain report shows it again, not the view that the page begins with.
  await page.waitForURL(/\/report\?v=-$/);
  await page.reload();
  await page.getByRole('columnheader', { name: 'Campaign' }).waitFor();
  await button('Views').waitFor();
});

/** The lines of the file that the dialog exports. */
async function exported(format) {
  await button('Export').click();
  await dialog()
    .getByRole('radio', { name: new RegExp(`^${format}`) })
    .check();
  const [download] = await Promise.all([page.waitForEvent('download'), button(`Export ${format}`, dialog()).click()]);
  // The browser follows the address itself: no page holds the file.
  assert.match(download.url(), /^http.*\/api\/v1\/reports\/export\?/);
  const text = await readFile(await download.path(), 'utf8');
  return { name: download.suggestedFilename(), text, lines: text.trim().split(/\r?\n/) };
}

step('the whole report as a file, said in words before', async () => {
  await page.goto(
    '/report?by=campaign,sub_id_1&range=last_7_days&bots=include&cols=clicks,revenue&f=sub_id_1~not_equals~z',
  );
  await totalIs('Clicks', '6');
  await button('Export').click();
  await dialog().getByText('One row for each Campaign × Sub id 1').waitFor();
  await dialog().getByText('Sub id 1 is not z').waitFor();
  await button('Cancel', dialog()).click();
  const json = await exported('JSON lines');
  const rows = json.lines.map(line => JSON.parse(line));
  assert.match(json.name, /\.jsonl$/);
  assert.equal(rows.length, 3);
  assert.equal(
    rows.reduce((sum, row) => sum + row.clicks, 0),
    6,
  );
  const csv = await exported('CSV');
  assert.match(csv.name, /\.csv$/);
  assert.equal(csv.lines.length, 4);
  const parquet = await exported('Parquet');
  assert.ok(parquet.text.startsWith('PAR1'));
});

step('a link shows one report to people without an account, and nothing else', async () => {
  await page.goto(
    '/report?by=campaign,sub_id_1&range=last_7_days&bots=include&cols=clicks,revenue&f=campaign~is_set;sub_id_1~not_equals~z',
  );
  await totalIs('Clicks', '6');
  await button('Share').click();
  await field('Title').fill('Summer zones');
  await field('Password (optional)').fill(LINK_PASSWORD);
  await button('Make link').click();
  made.link = await page.getByRole('textbox', { name: 'share link' }).textContent();
  await button('Done').click();
  const reader = await openWindow(world.browser, world.instance.admin);
  reader.page.setDefaultTimeout(30_000);
  made.sharedPath = new URL(made.link).pathname;
  await reader.page.goto(made.sharedPath);
  await field('Password', reader.page).fill('not the password');
  await button('Show the report', reader.page).click();
  await reader.page.getByRole('alert').filter({ hasText: 'not the password' }).waitFor();
  assert.equal(await reader.page.getByText('Summer').count(), 0);
  await field('Password', reader.page).fill(LINK_PASSWORD);
  await button('Show the report', reader.page).click();
  await reader.page.getByRole('heading', { name: 'Summer zones' }).waitFor();
  await totalIs('Clicks', '6', reader.page);
  assert.equal(await total('Revenue', reader.page), '$12.50');
  await button(/^Group by/, reader.page).click();
  await reader.page
    .locator('label')
    .filter({ has: reader.page.getByRole('checkbox', { name: 'Sub id 1' }) })
    .click();
  await reader.page.waitForURL(/by=campaign/);
  await totalIs('Clicks', '6', reader.page);
  const text = await reader.page.locator('body').textContent();
  assert.ok(!text.includes('Harbour Media'), 'the workspace is not named');
  assert.equal(await reader.page.getByRole('navigation').count(), 0);
  assert.equal((await reader.context.cookies()).length, 0);
  assert.deepEqual(reader.troubles, []);
  await reader.context.close();
});

step('links are listed and ended', async () => {
  await page.goto('/share-links');
  await page.getByRole('row', { name: /Summer zones.*password/ }).waitFor();
  const open = await api.post('/share-links', {
    name: 'Open for a look',
    query: {
      dimensions: ['campaign', 'sub_id_1'],
      metrics: ['clicks', 'unique_clicks', 'conversions', 'cr', 'revenue', 'cost', 'profit', 'roi'],
      range: { token: 'last_7_days' },
      bots: 'include',
    },
    range_open: true,
  });
  made.openPath = new URL(open.url).pathname;
  await button('Actions for Summer zones').click();
  await page.getByRole('menuitem', { name: 'End this link…' }).click();
  await button('Delete').click();
  await page.getByText('Deleted “Summer zones”').waitFor();
  await page.goto(made.sharedPath);
  await page.getByText('This link leads nowhere (any more)').waitFor();
});

step('costs are corrected after a look at what changes, and undone', async () => {
  await page.goto('/costs');
  await page.getByText('No costs corrected yet').waitFor();
  await page.getByRole('link', { name: 'Correct costs' }).first().click();
  await page.getByRole('button', { name: /^Date range/ }).click();
  await button('Last 7 days').click();
  await button('Add a condition', dialog()).click();
  await pick('Campaign', dialog());
  await page.getByRole('button', { name: /Values of Campaign/ }).click();
  await pick('Summer', dialog());
  await page.keyboard.press('Escape');
  await field('Bots').selectOption('include');
  await field('Amount').fill('1.20');
  const panel = page.getByRole('region', { name: 'What it would change' });
  await until('the preview is there', async () => /Clicks6.*\$0\.60.*\$1\.20/.test(await panel.textContent()));
  await button('Correct 6 clicks').click();
  await page.getByText('Corrected the cost of 6 clicks').waitFor();
  await page.getByRole('row', { name: /Campaign is Summer.*\$1\.20 in total.*applied/ }).waitFor();
  await page.goto('/report?by=campaign&range=last_7_days&bots=include&cols=clicks,cost');
  await page.getByRole('row', { name: /Summer 6 \$1\.20/ }).waitFor();
  await page.goto('/costs');
  await page.getByRole('button', { name: /^Actions for the correction/ }).click();
  await page.getByRole('menuitem', { name: 'Undo…' }).click();
  await button('Undo', dialog()).click();
  await page.getByRole('row', { name: /Campaign is Summer.*undone/ }).waitFor();
  await page.goto('/report?by=campaign&range=last_7_days&bots=include&cols=clicks,cost');
  await page.getByRole('row', { name: /Summer 6 \$0\.60/ }).waitFor();
});

step('costs come from a file whose lines are checked first', async () => {
  // Two days, so that it does not matter whether midnight comes in between.
  const day = ago => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const days = `${day(1)};${day(0)}`;
  await page.goto('/costs/import');
  await field('Bots').selectOption('include');
  await field('Lines').fill(
    `from;to;campaign;sub_id_1;cost\n${days};summer;a;3\n${days};nobody;a;3\n${days};Winter;z;many\n${days};winter;z;0.50\n`,
  );
  await button('Check the lines').click();
  await page.getByText('2 lines cannot be understood').waitFor();
  await page.getByRole('row', { name: /^3 .*campaign/ }).waitFor();
  await page.getByRole('row', { name: /^2 .*ready.*3 \$0\.30 \$3\.00/ }).waitFor();
  await page.screenshot({ path: new URL('./screenshots/costs-import-checked.png', import.meta.url).pathname });
  await button('Import 2 lines').click();
  await page.getByText('2 lines imported', { exact: true }).waitFor();
  await button('Done').click();
  await page.getByRole('row', { name: /Sub id 1 is z.*\$0\.50 in total.*applied/ }).waitFor();
});

step('a figure is watched, and a test message arrives', async () => {
  const taken = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', part => (body += part));
    request.on('end', () => {
      taken.push(JSON.parse(body));
      response.end();
    });
  });
  await new Promise(resolve => receiver.listen(0, '127.0.0.1', resolve));
  try {
    await page.goto('/alerts');
    await page.getByRole('link', { name: 'New alert' }).first().click();
    await field('Name', dialog()).fill('Loss');
    await field('Bound', dialog()).fill('-1000000');
    await field('Address', dialog()).fill(`http://127.0.0.1:${receiver.address().port}/hook`);
    await button('Create alert', dialog()).click();
    await page.getByRole('row', { name: /Loss/ }).waitFor();
    await page.getByRole('row', { name: /Loss/ }).getByText('Loss').click();
    await button('Send a test message', dialog()).click();
    await page.getByText('The test message was taken by everybody').waitFor();
    await dialog().getByText('Test message', { exact: true }).waitFor();
    assert.equal(taken[0].event, 'test');
    made.alertPath = new URL(page.url()).pathname;
    await button('Cancel', dialog()).click();
    await page.getByRole('row', { name: /Loss.*ok/ }).waitFor({ timeout: 120_000 });
  } finally {
    receiver.close();
  }
});

step('a saved report is written to a file that can be downloaded', async () => {
  const view = await api.post('/views', {
    name: 'For the archive',
    everybody: true,
    query: { dimensions: ['campaign'], metrics: ['clicks'], range: { token: 'last_7_days' } },
  });
  assert.ok(view.id);
  await page.goto('/exports');
  await page.getByRole('link', { name: 'New scheduled export' }).first().click();
  await field('Name', dialog()).fill('Archive');
  await field('Saved report', dialog()).click();
  await pick('For the archive');
  await button('Create export', dialog()).click();
  const row = page.getByRole('row', { name: /Archive/ });
  await row.getByText('Archive', { exact: true }).click();
  await button('Write a file now', dialog()).click();
  const fetch = dialog().getByRole('button', { name: /^Download Archive \d{4}-\d\d-\d\d\.csv$/ });
  await fetch.waitFor({ timeout: 120_000 });
  const [file] = await Promise.all([page.waitForEvent('download'), fetch.click()]);
  assert.match(await readFile(await file.path(), 'utf8'), /^campaign,campaign_name,clicks\r\n/);
  made.exportPath = new URL(page.url()).pathname;
  await button('Cancel', dialog()).click();
  await page.getByRole('row', { name: /Archive.*written/ }).waitFor();
});

step('how long single events are kept is said, and followed', async () => {
  await page.goto('/settings/data');
  await field('Clicks, days').fill('3');
  await button('Save').click();
  await page.getByText(/must be from 7/i).waitFor();
  await field('Clicks, days').fill('90');
  await button('Save').click();
  await page.getByText(/Last looked at/).waitFor({ timeout: 120_000 });
});

step('addresses are cut, and clicks that were tests are cleared', async () => {
  await page.goto('/settings/privacy');
  await field('Addresses are kept').selectOption('truncate');
  await button('Save').click();
  await page.getByText('It holds for what comes from now on.').waitFor();
  await page.reload();
  await until('it is kept', async () => (await field('Addresses are kept').inputValue()) === 'truncate');
  await page.getByLabel('Clicks of', { exact: true }).click();
  await pick('Winter');
  await page.getByRole('button', { name: /^Date range/ }).click();
  await button('Last 7 days').click();
  await button('See what would be cleared').click();
  await dialog().getByText('Winter', { exact: true }).waitFor();
  await dialog()
    .getByText(/^2 clicks, /)
    .waitFor();
  assert.equal(await button('Clear', dialog()).isDisabled(), true);
  await field('Type “clear” to confirm', dialog()).fill('clear');
  await button('Clear', dialog()).click();
  await page.getByRole('row', { name: /Winter.* 2 .*cleared/ }).waitFor({ timeout: 180_000 });
  await page.goto('/report?by=campaign&range=last_7_days&bots=include');
  await totalIs('Clicks', '6');
  assert.equal(await page.getByRole('row', { name: /Winter/ }).count(), 0);
});

step('a visitor who asks for it is erased, and the report stays what it was', async () => {
  const log = await api.get('/logs/clicks?limit=1&from=2000-01-01T00:00:00Z');
  const id = log.items[0].id;
  await page.goto('/settings/privacy');
  await field('Click id').fill('nobody');
  await button('See what would be erased').click();
  await page.getByText(/must be the id of a click/i).waitFor();
  await field('Found by').selectOption('click');
  await field('Click id').fill(id);
  await page.getByLabel(/^Note/).fill('Request 7');
  await button('See what would be erased').click();
  await dialog()
    .getByText(/^1 click, /)
    .waitFor();
  assert.equal(await button('Erase', dialog()).isDisabled(), true);
  await field('Type “erase” to confirm', dialog()).fill('erase');
  await button('Erase', dialog()).click();
  await page.getByRole('row', { name: /Request 7.*erased/ }).waitFor({ timeout: 240_000 });
  await page.goto('/report?by=campaign&range=last_7_days&bots=include');
  await totalIs('Clicks', '6');
});

step('every new page is accessible, fits its window and looks like this', async () => {
  const builder = async it => {
    await it.getByRole('button', { name: /^\( \)/ }).click();
    await it.getByRole('button', { name: 'Apply filters' }).waitFor();
  };
  const press = name => async it => {
    await it.locator('thead').waitFor();
    await it.getByRole('button', { name }).click();
    await it.getByRole('dialog').waitFor();
  };
  const wide = 'range=last_7_days&bots=include';
  const complaints = await complaintsAbout(world, page, {
    'report-compare': {
      path: `/report?by=campaign,sub_id_1&${wide}&compare=previous`,
      prepare: async it => {
        await it.getByRole('button', { name: 'Open Summer' }).click();
        await it.getByRole('button', { name: 'Break down a' }).waitFor();
      },
    },
    'report-filters': {
      path: `/report?by=campaign&${wide}&f=campaign~is_set;any(sub_id_1~equals~a;none(sub_id_1~equals~z;os~contains~Win))`,
      prepare: builder,
    },
    'report-empty': { path: '/report?range=last_month&f=country~equals~DE' },
    'report-columns': { path: `/report?by=campaign&${wide}`, prepare: press(/^Columns/) },
    'report-metric': {
      path: `/report?by=campaign&${wide}`,
      prepare: async it => {
        await press(/^Columns/)(it);
        await it.getByRole('button', { name: 'Own metric' }).click();
        await it.getByLabel('Name', { exact: true }).fill('Net profit');
        await it.getByLabel('Formula', { exact: true }).fill('(revenue − cost) ÷ clickz');
        await it.locator('mark').waitFor();
      },
    },
    'report-export': { path: `/report?by=campaign,sub_id_1&${wide}&f=campaign~is_set`, prepare: press('Export') },
    'report-share': { path: `/report?by=campaign,sub_id_1&${wide}&f=campaign~is_set`, prepare: press('Share') },
    'share-links': { path: '/share-links' },
    shared: { path: made.openPath, prepare: it => it.locator('tfoot').waitFor() },
    'shared-gone': { path: '/shared/nothing', prepare: it => it.getByText('leads nowhere').waitFor() },
    exports: { path: '/exports' },
    export: { path: made.exportPath, prepare: it => it.getByRole('button', { name: /^Download/ }).waitFor() },
    'export-new': { path: '/exports/new' },
    'settings-data': { path: '/settings/data', prepare: it => it.getByText(/Last looked at/).waitFor() },
    'settings-privacy': { path: '/settings/privacy', prepare: it => it.getByText('What was cleared').waitFor() },
    alerts: { path: '/alerts' },
    alert: { path: made.alertPath, prepare: it => it.getByText('Test message', { exact: true }).waitFor() },
    'alert-new': { path: '/alerts/new' },
    costs: { path: '/costs' },
    'cost-new': {
      path: '/costs/new',
      prepare: async it => {
        await it.getByLabel('Amount', { exact: true }).fill('12.50');
        await it.getByText('No click matches:').waitFor();
      },
    },
    'cost-import': {
      path: '/costs/import',
      prepare: it => it.getByRole('button', { name: 'Example' }).click(),
    },
  });
  assert.deepEqual(complaints, []);
});
