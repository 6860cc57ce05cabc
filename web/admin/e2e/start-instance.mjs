// A whole instance for the browser tests: the real program with an empty data folder and free ports, ended with the test.
// As a program: `node e2e/start-instance.mjs` starts one, prints its addresses as JSON and keeps it until it is stopped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = new URL('../../../', import.meta.url).pathname;
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 30_000;

/** Path of the program, or null when it is not built. */
export function binaryPath() {
  const built = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const candidates = [process.env.SIGNALBOX_BIN, join(built, 'debug/signalbox'), join(built, 'release/signalbox')];
  return candidates.find(path => path && existsSync(path)) ?? null;
}

function environment(dataDir) {
  const free = '127.0.0.1:0';
  const settings = {
    INSTANCE__DATA_DIR: dataDir,
    TRAFFIC__LISTEN: free,
    TRAFFIC__HEALTH_LISTEN: free,
    POSTBACK__LISTEN: free,
    POSTBACK__HEALTH_LISTEN: free,
    // Deliveries of the tests go to a receiver on this machine.
    POSTBACK__DELIVERY_ALLOW_PRIVATE: '127.0.0.0/8',
    API__LISTEN: free,
    API__HEALTH_LISTEN: free,
    API__ADMIN_DIR: new URL('../dist', import.meta.url).pathname,
    TELEMETRY__LOG: 'warn',
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`SIGNALBOX__${key}`, value]));
}

/** Starts an instance; the answer has its addresses and `stop()`. */
export async function startInstance() {
  const binary = binaryPath();
  if (!binary) throw new Error('signalbox is not built: cargo build -p signalbox');
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'));
  const child = spawn(binary, ['run', '--print-json'], {
    env: { ...process.env, ...environment(dataDir) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise(resolve => child.once('exit', code => resolve(code)));
  let log = '';
  child.stderr.on('data', chunk => {
    log = (log + chunk).slice(-20_000);
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
    await rm(dataDir, { recursive: true, force: true });
  };
  const ready = new Promise(resolve => {
    createInterface({ input: child.stdout }).on('line', line => {
      if (line.startsWith('{')) resolve(JSON.parse(line));
      else log += `${line}\n`;
    });
  });
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`signalbox was not ready in ${START_MS_MAX} ms`)), START_MS_MAX).unref();
  });
  const gone = ended.then(code => Promise.reject(new Error(`signalbox ended with code ${code}`)));
  gone.catch(() => undefined);
  try {
    const addresses = await Promise.race([ready, late, gone]);
    return { ...addresses, stop, log: () => log };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log}`, { cause: error });
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const instance = await startInstance();
  console.log(JSON.stringify(instance));
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void instance.stop().then(() => process.exit(0)));
}
