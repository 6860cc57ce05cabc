#!/usr/bin/env node
// Fetches the pinned files that are too large for the repository (the embedded ClickHouse engine, the geo databases)
// into a cache outside the tree. See README.md beside this file.
import { FetchError, loadManifest, resolveNames } from './lib/assets.mjs';
import { assetDir, assetPath, cacheRoot, install, problemWith } from './lib/store.mjs';

const USAGE = `usage: node tools/fetch/fetch.mjs [--check | --path] NAME…

  NAME…          fetch what is missing: libchdb, geo, geo-city, geo-country, geo-asn, uadata, …
  --check NAME…  fetch nothing; say what is missing; exit code 1 when something is
  --path NAME…   print the path of each asset's main file; exit code 1 when one is missing

The cache is $SIGNALBOX_CACHE, else $XDG_CACHE_HOME/signalbox, else ~/.cache/signalbox.
`;

async function main(args) {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const mode = flags[0];
  if (flags.length > 1 || (mode && !['--check', '--path'].includes(mode)) || names.length === 0) {
    process.stderr.write(USAGE);
    return 64;
  }
  const root = cacheRoot();
  const assets = resolveNames(loadManifest(), names);
  if (mode === '--check') return check(root, assets);
  if (mode === '--path') return paths(root, assets);
  return fetchAll(root, assets);
}

function check(root, assets) {
  let missing = 0;
  for (const asset of assets) {
    const problem = problemWith(root, asset);
    if (problem) missing += 1;
    process.stdout.write(`${problem ? 'missing' : 'present'}  ${asset.name} ${asset.version}  ${problem ?? asset.overridePath ?? assetDir(root, asset)}\n`);
    if (problem && asset.without) process.stdout.write(`         ${asset.without}\n`);
  }
  if (missing) process.stdout.write(`${missing} missing: run  node tools/fetch/fetch.mjs ${assets.map((a) => a.name).join(' ')}\n`);
  return missing ? 1 : 0;
}

function paths(root, assets) {
  let code = 0;
  for (const asset of assets) {
    const problem = problemWith(root, asset);
    if (problem) {
      process.stderr.write(`${asset.name}: ${problem}; run  node tools/fetch/fetch.mjs ${asset.name}\n`);
      code = 1;
    } else {
      process.stdout.write(`${assetPath(root, asset)}\n`);
    }
  }
  return code;
}

async function fetchAll(root, assets) {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort(new FetchError(`stopped by ${name}`)));
  for (const asset of assets) {
    const started = performance.now();
    const progress = new Progress(asset);
    try {
      const fetched = await install(root, asset, {
        signal: stop.signal,
        onBytes: (bytes) => progress.bytes(bytes),
        onStep: (step) => progress.step(step),
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      progress.end(fetched ? `done in ${seconds} s, ${assetDir(root, asset)}` : 'already here');
    } catch (error) {
      progress.end('failed');
      throw stop.signal.aborted ? stop.signal.reason : error;
    }
  }
  return 0;
}

/** One line that is rewritten on a terminal; in a log, a line whenever another quarter has arrived. */
class Progress {
  constructor(asset) {
    this.asset = asset;
    this.quarter = 0;
    this.shown = false;
  }

  bytes(done) {
    const { bytes } = this.asset;
    const percent = Math.floor((done / bytes) * 100);
    this.write(`${megabytes(done)} of ${megabytes(bytes)} (${percent} %)`, percent >= 25 * (this.quarter + 1));
    this.quarter = Math.max(this.quarter, Math.floor(percent / 25));
  }

  step(text) {
    this.write(text, true);
  }

  end(text) {
    this.write(text, true);
    if (process.stderr.isTTY) process.stderr.write('\n');
  }

  write(text, important) {
    const line = `${this.asset.name} ${this.asset.version ?? ''}: ${text}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (important) process.stderr.write(`${line}\n`);
  }
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const clear = error instanceof FetchError || ['ENOSPC', 'EACCES', 'EROFS', 'ENOTDIR'].includes(error.code);
  process.stderr.write(`fetch: ${clear ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
