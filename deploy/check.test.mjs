// Keeps this folder true without a container engine: settings, programs, ports, paths. Run: node --test deploy/
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const dockerfile = read('deploy/Dockerfile');
const composes = ['deploy/docker-compose.yml', 'deploy/docker-compose.single.yml'];

/** `section.key` → default, from the documented defaults; the meaning (for "Secret.") stands in the comment above. */
function settings() {
  const found = new Map();
  let section = '';
  let comment = '';
  for (const line of read('crates/chassis/default.toml').split('\n')) {
    const table = line.match(/^\[(\w+)\]/);
    const pair = line.match(/^(\w+) = (.*)$/);
    if (line.startsWith('#')) comment += line;
    else if (table) section = table[1];
    else if (pair) found.set(`${section}.${pair[1]}`, { value: pair[2].replaceAll('"', ''), secret: comment.includes('Secret.') });
    if (!line.startsWith('#')) comment = '';
  }
  return found;
}

/** Every file of this folder and the README, which name settings. */
function texts() {
  const names = fs.readdirSync(here, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
  return [...files.filter((name) => !name.endsWith('.test.mjs')), 'README.md', 'docs/guide/operations.md'];
}

const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, base, name]) => ({ base, name }));
const stageText = (name) => dockerfile.split(/^FROM /m).find((text) => text.split('\n')[0].endsWith(` AS ${name}`)) ?? '';

test('every setting that is named exists', () => {
  const known = settings();
  assert.ok(known.size > 60, 'the defaults were read');
  for (const file of texts()) {
    for (const [name, section, key] of read(file).matchAll(/SIGNALBOX__([A-Z]+)__([A-Z0-9_]+)/g)) {
      const setting = `${section}.${key}`.toLowerCase();
      const fromFile = setting.endsWith('_file') && known.get(setting.slice(0, -5))?.secret;
      assert.ok(known.has(setting) || fromFile, `${file}: ${name} is no setting`);
    }
  }
});

test('every program that is built is one of the workspace', () => {
  const built = [...dockerfile.matchAll(/ -p ([\w-]+)/g)].map((match) => match[1]);
  assert.deepEqual(built, ['signalbox', 'traffic-service', 'postback-service', 'api-service']);
  for (const name of built) {
    const folder = ['crates', 'services'].map((parent) => `${parent}/${name}`).find((place) => fs.existsSync(path.join(root, place)));
    assert.ok(folder, `${name} is in the workspace`);
    assert.match(read(`${folder}/Cargo.toml`), new RegExp(`^name = "${name}"$`, 'm'));
    assert.ok(fs.existsSync(path.join(root, folder, 'src/main.rs')), `${name} has a main.rs`);
    assert.match(stageText(name), new RegExp(`/programs/${name} /usr/local/bin/`), `the stage ${name} has its program`);
    assert.match(stageText(name), new RegExp(`ENTRYPOINT \\["${name}"\\]`));
    assert.match(dockerfile, new RegExp(`for name in .*\\b${name}\\b`), `${name} is kept from the build cache`);
  }
});

test('ports are the default ones', () => {
  const known = settings();
  const port = (setting) => known.get(setting).value.split(':').pop();
  const of = { api: [port('api.listen'), port('api.health_listen')] };
  of.traffic = [port('traffic.listen'), port('traffic.health_listen')];
  of.postback = [port('postback.listen'), port('postback.health_listen')];
  for (const service of ['traffic', 'postback', 'api']) {
    const text = stageText(`${service}-service`);
    assert.match(text, new RegExp(`^EXPOSE ${of[service].join(' ')}$`, 'm'));
    assert.match(text, new RegExp(`http://127\\.0\\.0\\.1:${of[service][1]}/health/ready`));
  }
  const all = [of.api[0], of.traffic[0], of.postback[0], of.api[1], of.traffic[1], of.postback[1]];
  assert.match(stageText('signalbox'), new RegExp(`^EXPOSE ${all.join(' ')}$`, 'm'));
  const caddyfile = read('deploy/Caddyfile');
  for (const service of ['traffic', 'postback', 'api']) assert.match(caddyfile, new RegExp(`reverse_proxy ${service}:${of[service][0]}$`, 'm'));
  for (const [, service, number] of read(composes[0]).matchAll(/SIGNALBOX__(\w+)__HEALTH_LISTEN: 0\.0\.0\.0:(\d+)/g)) {
    assert.equal(number, of[service.toLowerCase()][1]);
  }
});

test('only public ports are published', () => {
  for (const file of composes) {
    const published = [...read(file).matchAll(/"(?:\$\{PUBLISH_\w+:-[^}]*\}|\d+):(\d+)(?:\/udp)?"/g)].map((match) => match[1]);
    const allowed = ['80', '443', '8080', '8081', '8082'];
    assert.ok(published.length >= 3, `${file}: ports were found`);
    assert.deepEqual(published.filter((port) => !allowed.includes(port)), [], file);
    assert.match(read(file), /PUBLISH_ADMIN:-127\.0\.0\.1:8080/, `${file}: the admin is on loopback until somebody decides otherwise`);
  }
});

test('stages, copied paths and mounted files exist', () => {
  const names = stages.map((stage) => stage.name);
  for (const file of composes) {
    for (const [, target] of read(file).matchAll(/target: ([\w-]+)/g)) assert.ok(names.includes(target), `${file}: stage ${target}`);
    for (const [, source] of read(file).matchAll(/(\.\/[\w./-]+):\/[^"\s]+:ro/g)) assert.ok(fs.existsSync(path.join(here, source)), `${file}: ${source}`);
  }
  for (const [, from] of dockerfile.matchAll(/--from=([\w-]+)/g)) assert.ok(names.includes(from), `stage ${from}`);
  for (const [, rest] of dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)) {
    for (const source of rest.split(' ').slice(0, -1)) assert.ok(fs.existsSync(path.join(root, source)), `${source} is copied`);
  }
});

test('the program that is built for Debian runs on the same Debian', () => {
  const base = (name) => stages.find((stage) => stage.name === name).base;
  assert.match(base('programs'), /^rust:[\d.]+-bookworm$/);
  assert.equal(base('runtime'), 'debian:bookworm-slim');
  const [, minor] = base('programs').match(/^rust:1\.(\d+)/);
  const [, needed] = read('Cargo.toml').match(/rust-version = "1\.(\d+)"/);
  assert.ok(Number(minor) >= Number(needed), 'the compiler is new enough');
});

test('every variable of the compose files is explained in env.example', () => {
  const explained = [...read('deploy/env.example').matchAll(/^(\w+)=/gm)].map((match) => match[1]);
  const used = composes.flatMap((file) => [...read(file).matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
  assert.deepEqual([...new Set(used)].filter((name) => !explained.includes(name)), []);
});

test('volumes and networks that are used are declared', () => {
  for (const file of composes) {
    const text = read(file);
    const declared = [...text.slice(text.indexOf('\nvolumes:')).matchAll(/^ {2}(\w+):$/gm)].map((match) => match[1]);
    for (const [, name] of text.matchAll(/["\s](\w+):\/(?:var|data)/g)) assert.ok(declared.includes(name), `${file}: volume ${name}`);
    assert.ok(!text.includes('\t'), `${file}: YAML has no tabs`);
  }
});

test('the systemd socket holds the ports that the configuration listens on', () => {
  const defaults = read('crates/chassis/default.toml');
  const listens = [...defaults.matchAll(/^listen = "[\d.]+:(\d+)"$/gm)].map((match) => match[1]).sort();
  const held = [...read('deploy/systemd/signalbox.socket').matchAll(/^ListenStream=[\d.]+:(\d+)$/gm)].map((match) => match[1]).sort();
  assert.deepEqual(held, listens);
  assert.match(read('deploy/systemd/signalbox.service'), /^Requires=signalbox\.socket$/m);
});
