import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { GZIP_BYTES_MAX, build, built, gzipBytes } from '../build.mjs';

test('the committed script is built from its source', async () => {
  assert.equal(await readFile(built, 'utf8'), await build(), 'run `npm run build` in web/tracker');
});

test('visitors load at most 1,500 bytes', async () => {
  const bytes = gzipBytes(await readFile(built, 'utf8'));
  assert.ok(bytes <= GZIP_BYTES_MAX, `${bytes} bytes gzip`);
});
