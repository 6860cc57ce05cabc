// A picture of a page in light, dark and on a phone; what axe and the window's width say about it.
import { mkdir } from 'node:fs/promises';
import { axeViolations, openWindow, overflow } from './browser.mjs';

const FOLDER = new URL('../screenshots/', import.meta.url).pathname;

const VARIANTS = [
  { suffix: 'light', theme: 'light' },
  { suffix: 'dark', theme: 'dark' },
  { suffix: 'phone', theme: 'light', width: 390, height: 844 },
];

/** Violations that stop somebody from using a page. */
function serious(violations) {
  return violations.filter(violation => violation.impact === 'serious' || violation.impact === 'critical');
}

/**
 * Looks at each page in every variant. A page is its path, and what is done on it before the picture is taken.
 * The answer names everything that is wrong.
 */
export async function complaintsAbout(world, signedIn, pages) {
  await mkdir(FOLDER, { recursive: true });
  const cookies = await signedIn.context().cookies();
  const complaints = [];
  for (const variant of VARIANTS) {
    const { context, page, troubles } = await openWindow(world.browser, world.instance.admin, variant);
    page.setDefaultTimeout(30_000);
    await context.addCookies(cookies);
    for (const [name, { path, prepare }] of Object.entries(pages)) {
      const label = `${name} ${variant.suffix}`;
      await page.goto(path);
      await page.locator('h1').first().waitFor();
      await prepare?.(page);
      await page.waitForFunction(() => !document.querySelector('[role=status], .animate-spin'));
      await page.screenshot({ path: `${FOLDER}${label.replace(' ', '-')}.png` });
      const wide = await overflow(page);
      if (wide > 0) complaints.push(`${label}: ${wide} px too wide`);
      for (const violation of serious(await axeViolations(page)))
        complaints.push(`${label}: ${violation.id} ${violation.nodes[0]}`);
      complaints.push(...troubles.splice(0).map(trouble => `${label}: ${trouble}`));
    }
    await context.close();
  }
  return complaints;
}
