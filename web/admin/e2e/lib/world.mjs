// What the browser tests run against: the instance named by the environment, or one of their own.
import { createServer } from 'node:http';
import { chromiumPath, launch } from './browser.mjs';
import { binaryPath, startInstance } from '../start-instance.mjs';

const env = process.env;

/** Why the browser tests cannot run here, or false. */
export function cannotRun() {
  if (!chromiumPath()) return 'NOT TESTED: there is no Chromium (on Debian: apt-get install chromium)';
  if (!env.SIGNALBOX_E2E_URL && !binaryPath()) return 'NOT TESTED: signalbox is not built (cargo build -p signalbox)';
  return false;
}

/** Instance, browser, and a receiver that stands for everybody outside: the offer's server and the traffic source. */
export async function openWorld() {
  const instance = env.SIGNALBOX_E2E_URL
    ? {
        admin: env.SIGNALBOX_E2E_URL,
        setup_url: env.SIGNALBOX_E2E_SETUP_URL,
        traffic: env.SIGNALBOX_E2E_TRAFFIC_URL,
        postback: env.SIGNALBOX_E2E_POSTBACK_URL,
        stop: async () => undefined,
        log: () => '',
      }
    : await startInstance();
  const outside = await startOutside();
  const browser = await launch();
  const close = async () => {
    await browser.close();
    await outside.close();
    await instance.stop();
  };
  return { instance, browser, outside, close };
}

async function startOutside() {
  const received = [];
  const server = createServer((request, response) => {
    received.push(request.url);
    response.end('OK');
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    received,
    close: () => new Promise(resolve => server.close(resolve)),
  };
}

/** Asks again until the answer is truthy; fails with the last answer after `ms`. */
export async function until(what, ask, ms = 60_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not in ${ms} ms`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** A visitor with a usual browser. */
export const VISITOR = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'accept-language': 'de-DE,de;q=0.9',
  accept: 'text/html',
};
