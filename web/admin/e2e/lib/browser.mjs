// Chromium for the browser tests: the system's own, headless, without any request of its own to the outside.
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Path of the browser, or null when there is none on this machine. */
export function chromiumPath() {
  const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return candidates.find(path => path && existsSync(path)) ?? null;
}

export async function launch() {
  return chromium.launch({ executablePath: chromiumPath(), args: ARGUMENTS });
}

/** A fresh window whose errors, console errors and requests to other hosts are collected in `troubles`. */
export async function openWindow(browser, baseUrl, { theme = 'light', width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({
    baseURL: baseUrl,
    colorScheme: theme,
    viewport: { width, height },
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  // Stricter than the server's own policy: nothing inline, nothing from elsewhere.
  await context.route('**', async route => {
    if (route.request().resourceType() !== 'document') return route.fallback();
    const response = await route.fetch();
    return route.fulfill({
      response,
      headers: { ...response.headers(), 'content-security-policy': "default-src 'self'" },
    });
  });
  const page = await context.newPage();
  const troubles = [];
  const host = new URL(baseUrl).host;
  page.on('pageerror', error => troubles.push(`error: ${error.message}`));
  page.on('console', message => {
    if (message.type() === 'error' && !/status of (401|404|409|422)/.test(message.text()))
      troubles.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('request', request => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== host) troubles.push(`request to ${url.host}`);
  });
  return { context, page, troubles };
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Violations of WCAG 2.2 AA on the page, as short lines. Runs in an isolated world, so a strict policy does not stop it. */
export async function axeViolations(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  });
  const evaluate = async (expression, awaitPromise = false) => {
    const answer = await session.send('Runtime.evaluate', {
      expression,
      contextId: executionContextId,
      awaitPromise,
      returnByValue: true,
    });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? 'axe failed');
    return answer.result.value;
  };
  await evaluate(`${axeSource};0`);
  const tags = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']";
  const found = await evaluate(
    `axe.run(document, { runOnly: { type: 'tag', values: ${tags} }, rules: { region: { enabled: false } } }).then(r => r.violations.map(v => ({
      id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 160) + ' :: ' + (n.any[0] || n.all[0] || n.none[0] || {}).message) })))`,
    true,
  );
  await session.detach();
  return found;
}

/**
 * How far the page, or something on it that can be used, is wider than the window, in pixels; more than 0 is a layout mistake. What a
 * table that scrolls holds may be out of sight; what a frame cuts off may not.
 */
export async function overflow(page) {
  return page.evaluate(async () => {
    const moving = document.getAnimations().filter(it => it.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map(it => it.finished));
    const width = document.documentElement.clientWidth;
    const scrolls = element =>
      element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const cut = [...document.querySelectorAll('button, a, input, select, textarea')]
      .filter(element => element.checkVisibility({ visibilityProperty: true }) && !scrolls(element.parentElement))
      .map(element => Math.ceil(element.getBoundingClientRect().right - width));
    return Math.max(document.documentElement.scrollWidth - width, ...cut);
  });
}

/** The API, as the person who is logged in in the browser. */
export function callAs(page, method, path, body) {
  return page.evaluate(
    async ([verb, where, sent]) => {
      const { csrf_token: token } = await (await fetch('/api/v1/session')).json();
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token };
      const answer = await fetch(`/api/v1${where}`, {
        method: verb,
        headers,
        ...(sent ? { body: JSON.stringify(sent) } : {}),
      });
      if (!answer.ok) throw new Error(`${verb} ${where}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, body],
  );
}
