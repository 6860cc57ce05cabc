// The list of pinned assets: which package, which version, which hash, which files out of it.
// Knows nothing of the network or of the cache.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** An error whose text is all the user needs; printed without a stack. */
export class FetchError extends Error {}

const here = path.dirname(fileURLToPath(import.meta.url));

/** `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64`, …: as native npm packages name it. */
export function platformName(env = process.env) {
  if (env.SIGNALBOX_FETCH_PLATFORM) return env.SIGNALBOX_FETCH_PLATFORM;
  if (process.platform !== 'linux') return `${process.platform}-${process.arch}`;
  return `linux-${process.arch}-${isGlibc() ? 'gnu' : 'musl'}`;
}

// A full process report resolves every socket's name and takes seconds; the loader's path says the same.
function isGlibc() {
  try {
    return !fs.readdirSync('/lib').some((name) => name.startsWith('ld-musl-'));
  } catch {
    return true;
  }
}

/** Reads the manifest; `SIGNALBOX_FETCH_ASSETS` names another one (tests). */
export function loadManifest(env = process.env) {
  const file = env.SIGNALBOX_FETCH_ASSETS || path.join(here, '..', 'assets.json');
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** Turns the names on the command line into assets, groups opened up, in order and without repeats. */
export function resolveNames(manifest, names, env = process.env) {
  const wanted = new Set();
  for (const name of names) {
    for (const one of manifest.groups?.[name] ?? [name]) wanted.add(one);
  }
  return [...wanted].map((name) => resolveAsset(manifest, name, env));
}

function resolveAsset(manifest, name, env) {
  const entry = manifest.assets[name];
  if (!entry) {
    const known = [...Object.keys(manifest.groups ?? {}), ...Object.keys(manifest.assets)];
    throw new FetchError(`unknown asset "${name}"; known: ${[...new Set(known)].join(', ')}`);
  }
  const { platforms, ...common } = entry;
  const asset = { name, ...common };
  if (platforms) {
    const platform = platformName(env);
    asset.platform = platform;
    if (platforms[platform]) Object.assign(asset, platforms[platform]);
    else asset.unsupported = `no ${name} ${entry.version} is pinned for ${platform} (pinned: ${Object.keys(platforms).join(', ')})`;
  }
  if (entry.override && env[entry.override]) asset.overridePath = path.resolve(env[entry.override]);
  // What npm is asked for; a test may pin a tarball by address instead of a package by version.
  asset.spec ??= `${asset.package}@${asset.version}`;
  return asset;
}
