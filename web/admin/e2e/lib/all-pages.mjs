// Every page in light, dark and on a phone: a picture of each, no accessibility violation, nothing wider than the window.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { axeViolations, openWindow, overflow } from './browser.mjs';

const FOLDER = new URL('../screenshots/', import.meta.url).pathname;

const VARIANTS = [
  { suffix: 'light', theme: 'light' },
  { suffix: 'dark', theme: 'dark' },
  { suffix: 'phone', theme: 'light', width: 390, height: 844 },
];

async function pathsOf(page, campaign) {
  const first = async kind => {
    const list = await (await page.request.get(`/api/v1/${kind}`)).json();
    return `/${kind}/${list.items[0].id}`;
  };
  return {
    dashboard: '/',
    campaigns: '/campaigns',
    'campaign-new': '/campaigns/new',
    'campaign-streams': campaign,
    'campaign-settings': `${campaign}?tab=settings`,
    'campaign-link': `${campaign}?tab=link`,
    'campaign-simulator': `${campaign}?tab=simulator`,
    destinations: '/destinations',
    destination: await first('destinations'),
    sources: '/sources',
    source: await first('sources'),
    networks: '/networks',
    network: await first('networks'),
    outputs: '/outputs',
    output: await first('outputs'),
    domains: '/domains',
    'domain-new': '/domains/new',
    report: '/report?by=campaign,country',
    'report-flat': '/report?by=campaign,device_type&view=flat&f=campaign~is_set',
    exports: '/exports',
    'export-new': '/exports/new',
    alerts: '/alerts',
    'alert-new': '/alerts/new',
    'log-clicks': '/logs/clicks',
    'log-landing-clicks': '/logs/landing_clicks',
    'log-conversions': '/logs/conversions',
    'log-postbacks': '/logs/postbacks',
    'log-deliveries': '/logs/deliveries',
    'log-dead-letters': '/logs/dead_letters',
    'settings-workspace': '/settings/workspace',
    'settings-users': '/settings/users',
    'user-new': '/settings/users/new',
    'settings-keys': '/settings/keys',
    'settings-data': '/settings/data',
    'settings-privacy': '/settings/privacy',
    'settings-system': '/settings/system',
    'settings-profile': '/settings/profile',
  };
}

/** Violations that stop somebody from using a page. */
function serious(violations) {
  return violations.filter(violation => violation.impact === 'serious' || violation.impact === 'critical');
}

export async function checkAllPages(world, signedIn, campaign, troubles) {
  await mkdir(FOLDER, { recursive: true });
  const paths = await pathsOf(signedIn, campaign);
  const cookies = await signedIn.context().cookies();
  const complaints = [];
  for (const variant of VARIANTS) {
    const { context, page, troubles: own } = await openWindow(world.browser, world.instance.admin, variant);
    const look = async (name, path, ready) => {
      await page.goto(path);
      await ready(page);
      await page.screenshot({ path: `${FOLDER}${name}-${variant.suffix}.png` });
      const label = `${name} ${variant.suffix}`;
      const wide = await overflow(page);
      if (wide > 0) complaints.push(`${label}: ${wide} px too wide`);
      for (const violation of serious(await axeViolations(page))) {
        complaints.push(`${label}: ${violation.id} ${violation.nodes[0]}`);
      }
      complaints.push(...own.splice(0).map(trouble => `${label}: ${trouble}`));
    };
    await look('login', '/login', it => it.getByRole('button', { name: 'Log in' }).waitFor());
    await context.addCookies(cookies);
    for (const [name, path] of Object.entries(paths)) await look(name, path, settled);
    await context.close();
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(troubles, []);
}

/** The page is there and nothing on it still loads. */
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[role=status], .animate-spin'));
}
