// Pictures of every page with the made-up server, for looking at one's own work: `npm run look [name…]`. Not a test of the product.
import { mkdir } from 'node:fs/promises';
import { preview } from 'vite';
import { axeViolations, launch, openWindow, overflow } from './lib/browser.mjs';

process.env.SIGNALBOX_MOCK = '1';
const folder = new URL('./screenshots/look/', import.meta.url).pathname;
const wanted = process.argv.slice(2);

const server = await preview({ preview: { port: 0, strictPort: false, host: '127.0.0.1' } });
const base = `http://127.0.0.1:${server.httpServer.address().port}`;
await mkdir(folder, { recursive: true });
const browser = await launch();
const campaigns = await (await fetch(`${base}/api/v1/campaigns`)).json();
const networks = await (await fetch(`${base}/api/v1/networks`)).json();
const destinations = await (await fetch(`${base}/api/v1/destinations`)).json();
const sources = await (await fetch(`${base}/api/v1/sources`)).json();
const campaign = `/campaigns/${campaigns.items[0].id}`;

const pages = {
  dashboard: '/',
  'dashboard-week': '/?range=last_7_days',
  campaigns: '/campaigns?range=last_7_days',
  'campaign-new': '/campaigns/new',
  'campaign-streams': campaign,
  'campaign-settings': `${campaign}?tab=settings`,
  'campaign-link': `${campaign}?tab=link`,
  'campaign-simulator': `${campaign}?tab=simulator`,
  destinations: '/destinations?range=last_7_days',
  'destination-new': '/destinations/new',
  destination: `/destinations/${destinations.items[0].id}`,
  'destination-hosted': `/destinations/${destinations.items.find(item => item.hosted).id}`,
  sources: '/sources',
  source: `/sources/${sources.items[0].id}`,
  networks: '/networks',
  network: `/networks/${networks.items[0].id}`,
  outputs: '/outputs',
  'output-new': '/outputs/new',
  domains: '/domains',
  'domain-new': '/domains/new',
  report: '/report?range=last_7_days&by=campaign,country,os',
  'report-flat': '/report?range=last_7_days&by=country,device_type&view=flat&f=country~equals~DE~AT',
  'report-compare': '/report?range=last_7_days&by=campaign&compare=previous',
  costs: '/costs',
  'cost-new': '/costs/new',
  'cost-import': '/costs/import',
  'share-links': '/share-links',
  exports: '/exports',
  export: '/exports/0d3k5v8t2m9b1',
  'export-new': '/exports/new',
  alerts: '/alerts',
  alert: '/alerts/0d3k5v8t2m9a1',
  'alert-new': '/alerts/new',
  'log-clicks': '/logs/clicks',
  'log-landing-clicks': '/logs/landing_clicks',
  'log-conversions': '/logs/conversions',
  'log-postbacks': '/logs/postbacks',
  'log-deliveries': '/logs/deliveries',
  'log-dead-letters': '/logs/dead_letters',
  'settings-workspace': '/settings/workspace',
  'settings-users': '/settings/users',
  'settings-keys': '/settings/keys',
  'settings-data': '/settings/data',
  'settings-privacy': '/settings/privacy',
  'settings-system': '/settings/system',
  'settings-profile': '/settings/profile',
};

/** What is done on a page before its picture is taken. */
const steps = {
  'campaign-streams': async page => {
    await page
      .getByRole('button', { name: /Germany and Austria/ })
      .first()
      .click();
  },
  'campaign-simulator': async page => {
    await page.getByRole('button', { name: 'Simulate a click' }).click();
    await page.getByText('Streams, in the order').waitFor();
  },
  report: async page => {
    await page
      .locator('main')
      .getByRole('button', { name: /^Open / })
      .first()
      .click();
    await page
      .locator('main')
      .getByRole('button', { name: /^Open / })
      .nth(1)
      .click();
  },
  'log-clicks': async page => {
    await page.locator('tbody tr').nth(4).click();
    await page.getByText('Why it went there').waitFor();
    await page.getByText('Why it went there').scrollIntoViewIfNeeded();
  },
  'log-postbacks': async page => {
    await page.locator('tbody tr').nth(4).click();
  },
};

for (const variant of [
  { suffix: 'light', theme: 'light' },
  { suffix: 'dark', theme: 'dark' },
  { suffix: 'phone', theme: 'light', width: 390, height: 844 },
]) {
  const { context, page, troubles } = await openWindow(browser, base, variant);
  for (const [name, path] of Object.entries(pages)) {
    if (wanted.length > 0 && !wanted.some(word => name.startsWith(word))) continue;
    await page.goto(path, { waitUntil: 'networkidle' });
    try {
      await steps[name]?.(page);
      await page.waitForTimeout(150);
    } catch (error) {
      console.log(`${name}: ${error.message.split('\n')[0]}`);
    }
    await page.screenshot({ path: `${folder}${name}-${variant.suffix}.png`, fullPage: process.env.FULL === '1' });
    const wide = await overflow(page);
    if (wide > 0) console.log(`${name} ${variant.suffix}: ${wide} px too wide`);
    for (const violation of await axeViolations(page)) {
      console.log(
        `${name} ${variant.suffix}: ${violation.impact} ${violation.id}\n    ${violation.nodes.slice(0, 3).join('\n    ')}`,
      );
    }
    for (const trouble of troubles.splice(0)) console.log(`${name} ${variant.suffix}: ${trouble}`);
  }
  await context.close();
}
await browser.close();
await server.close();
process.exit(0);
