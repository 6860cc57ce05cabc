// The real script against a tiny real tarball, through the real npm client, from a server on loopback.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { loadManifest, resolveNames } from './lib/assets.mjs';
import { extract } from './lib/tar.mjs';

const SCRIPT = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fetch.mjs');
const BODY = Buffer.from('the engine\n'.repeat(3000));

let dir, server, requests, reply;

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'fetch-test-'));
  requests = 0;
  server = http.createServer((request, response) => {
    requests += 1;
    reply(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(dir, { recursive: true, force: true });
});

function tarHeader(name, size) {
  const block = Buffer.alloc(512);
  block.write(`package/${name}`, 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 0`, 148);
  return block;
}

function tarball(files) {
  const parts = [];
  for (const [name, body] of Object.entries(files)) {
    parts.push(tarHeader(name, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return zlib.gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

const PACKAGE_JSON = Buffer.from('{"name":"engine","version":"1.2.3"}');
const GOOD = tarball({ 'package.json': PACKAGE_JSON, 'other.txt': Buffer.from('not wanted'), 'lib/engine.so': BODY });
const sri = (bytes) => `sha512-${crypto.createHash('sha512').update(bytes).digest('base64')}`;

function writeManifest(changes = {}) {
  const spec = `http://127.0.0.1:${server.address().port}/engine-1.2.3.tgz`;
  const engine = { spec, version: '1.2.3', integrity: sri(GOOD), bytes: GOOD.length, files: { 'lib/engine.so': BODY.length } };
  const manifest = { groups: { all: ['engine'] }, assets: { engine: { ...engine, ...changes } } };
  fs.writeFileSync(path.join(dir, 'assets.json'), JSON.stringify(manifest));
}

function environment(extra) {
  const npm = { npm_config_fetch_retries: '0', npm_config_fund: 'false' };
  return { ...process.env, ...npm, SIGNALBOX_CACHE: path.join(dir, 'cache'), SIGNALBOX_FETCH_ASSETS: path.join(dir, 'assets.json'), ...extra };
}

function run(args, extra = {}, onStart = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], { env: environment(extra) });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    onStart(child);
  });
}

const cacheEntries = () => (fs.existsSync(path.join(dir, 'cache')) ? fs.readdirSync(path.join(dir, 'cache')) : []);
const installed = () => path.join(dir, 'cache', 'engine-1.2.3', 'lib', 'engine.so');
const serve = (bytes) => (response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

test('fetches, says so, and a second call does nothing', async () => {
  writeManifest();
  reply = serve(GOOD);
  const first = await run(['all']);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /engine 1\.2\.3: done in/);
  assert.deepEqual(fs.readFileSync(installed()), BODY);
  assert.deepEqual(cacheEntries(), ['engine-1.2.3'], 'no temporary folder is left');
  assert.ok(!fs.existsSync(path.join(dir, 'cache', 'engine-1.2.3', 'other.txt')), 'only the pinned files are kept');

  const before = fs.statSync(installed());
  const seen = requests;
  const second = await run(['all'], { PATH: '/nonexistent' }); // not even npm is needed
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /already here/);
  assert.equal(requests, seen);
  assert.equal(fs.statSync(installed()).mtimeMs, before.mtimeMs);
  const shown = await run(['--path', 'engine']);
  assert.equal(shown.stdout.trim(), installed());
});

test('refuses a download that is not the pinned file', async () => {
  writeManifest();
  reply = serve(tarball({ 'package.json': PACKAGE_JSON, 'lib/engine.so': Buffer.alloc(BODY.length, 'x') }));
  const result = await run(['engine']);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /is not the pinned file/);
  assert.deepEqual(cacheEntries(), []);
});

test('a download cut off half way leaves nothing and the next run succeeds', async () => {
  writeManifest();
  reply = (response) => {
    response.writeHead(200, { 'content-length': GOOD.length });
    response.write(GOOD.subarray(0, GOOD.length / 2), () => response.destroy());
  };
  const cut = await run(['engine']);
  assert.equal(cut.code, 1);
  assert.match(cut.stderr, /npm pack .* failed/);
  assert.match(cut.stderr, /Without network: on another machine run/);
  assert.deepEqual(cacheEntries(), []);
  reply = serve(GOOD);
  assert.equal((await run(['engine'])).code, 0);
  assert.deepEqual(fs.readFileSync(installed()), BODY);
});

test('killed while it works, it leaves nothing that looks complete, and the next run cleans up', async () => {
  writeManifest();
  let child;
  reply = (response) => {
    response.writeHead(200, { 'content-length': GOOD.length });
    response.write(GOOD.subarray(0, 100), () => child.kill('SIGKILL'));
  };
  const killed = await run(['engine'], {}, (started) => (child = started));
  assert.equal(killed.signal, 'SIGKILL');
  const check = await run(['--check', 'engine']);
  assert.equal(check.code, 1);
  assert.match(check.stdout, /missing {2}engine 1\.2\.3/);
  assert.ok(cacheEntries().some((name) => name.startsWith('.tmp-')), 'the kill came in the middle');
  reply = serve(GOOD);
  const again = await run(['engine']);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(cacheEntries(), ['engine-1.2.3']);
});

test('an interrupted extraction leaves no half file in place', async () => {
  const file = path.join(dir, 'engine.tgz');
  fs.writeFileSync(file, GOOD.subarray(0, GOOD.length - 40));
  await assert.rejects(extract(file, { 'lib/engine.so': BODY.length }, path.join(dir, 'staged')));
  // Through the script: a tarball whose hash is pinned but whose content is short never gets its final name.
  const short = GOOD.subarray(0, GOOD.length - 40);
  fs.mkdirSync(path.join(dir, 'cache'), { recursive: true });
  fs.writeFileSync(path.join(dir, 'cache', 'engine-1.2.3.tgz'), short);
  writeManifest({ integrity: sri(short), bytes: short.length });
  const result = await run(['engine']);
  assert.equal(result.code, 1);
  assert.deepEqual(cacheEntries(), ['engine-1.2.3.tgz']);
});

test('a folder with a damaged file is replaced', async () => {
  writeManifest();
  reply = serve(GOOD);
  await run(['engine']);
  fs.truncateSync(installed(), 10);
  assert.equal((await run(['--check', 'engine'])).code, 1);
  assert.equal((await run(['engine'])).code, 0);
  assert.deepEqual(fs.readFileSync(installed()), BODY);
  assert.deepEqual(cacheEntries(), ['engine-1.2.3']);
});

test('two runs at once both succeed', async () => {
  writeManifest();
  reply = serve(GOOD);
  const results = await Promise.all([run(['engine']), run(['engine'])]);
  for (const result of results) assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(fs.readFileSync(installed()), BODY);
  assert.deepEqual(cacheEntries(), ['engine-1.2.3']);
});

test('without network a file put in the cache by hand is used, and is verified', async () => {
  writeManifest({ spec: undefined, package: 'engine' });
  const placed = path.join(dir, 'cache', 'engine-1.2.3.tgz');
  fs.mkdirSync(path.dirname(placed), { recursive: true });
  fs.writeFileSync(placed, GOOD);
  const result = await run(['engine'], { PATH: '/nonexistent' });
  assert.equal(result.code, 0, result.stderr);
  fs.rmSync(path.dirname(installed()), { recursive: true });
  fs.writeFileSync(placed, 'something else');
  const refused = await run(['engine'], { PATH: '/nonexistent' });
  assert.match(refused.stderr, /is not the pinned file/);
});

test('says what to do without npm, on an unknown platform, for an unknown name and a wrong flag', async () => {
  writeManifest({ spec: undefined, package: 'engine', platforms: { 'linux-x64-gnu': {} }, without: 'Do without.' });
  const noNpm = await run(['engine'], { PATH: '/nonexistent', SIGNALBOX_FETCH_PLATFORM: 'linux-x64-gnu' });
  assert.match(noNpm.stderr, /"npm" was not found/);
  assert.match(noNpm.stderr, /npm pack engine@1\.2\.3/);
  const platform = await run(['engine'], { SIGNALBOX_FETCH_PLATFORM: 'plan9-x64' });
  assert.equal(platform.code, 1);
  assert.match(platform.stderr, /pinned for plan9-x64[\s\S]*Do without\./);
  assert.match((await run(['nonsense'])).stderr, /unknown asset "nonsense"; known: all, engine/);
  assert.equal((await run(['--wrong', 'engine'])).code, 64);
  assert.equal((await run([])).code, 64);
});

test('an override variable is believed, and checked', async () => {
  writeManifest({ override: 'SIGNALBOX_TEST_ENGINE' });
  const own = path.join(dir, 'own.so');
  const absent = await run(['--path', 'engine'], { SIGNALBOX_TEST_ENGINE: own });
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /does not exist/);
  fs.writeFileSync(own, 'x');
  const present = await run(['--path', 'engine'], { SIGNALBOX_TEST_ENGINE: own });
  assert.equal(present.stdout.trim(), own);
  assert.equal((await run(['engine'], { SIGNALBOX_TEST_ENGINE: own })).code, 0);
});

test('the real manifest is complete', () => {
  const manifest = loadManifest({});
  const names = [...Object.keys(manifest.assets), ...Object.keys(manifest.groups)];
  for (const asset of resolveNames(manifest, names, { SIGNALBOX_FETCH_PLATFORM: 'linux-x64-gnu' })) {
    assert.match(asset.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, asset.name);
    assert.ok(asset.package && asset.version && asset.licence && asset.attribution && asset.without, asset.name);
    assert.ok(Object.values(asset.files).every((size) => size > 0) && asset.bytes > 0, asset.name);
  }
});
