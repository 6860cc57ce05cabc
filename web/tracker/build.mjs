// Makes track.min.js of track.js. The result is committed: the traffic service carries it, so that building it takes no Node.
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';

/** What visitors may have to load at most, compressed. */
export const GZIP_BYTES_MAX = 1500;

export const built = new URL('./track.min.js', import.meta.url);

export async function build() {
  const source = await readFile(new URL('./track.js', import.meta.url), 'utf8');
  const { code } = await transform(source, { minify: true, target: 'es2019', charset: 'utf8', legalComments: 'none' });
  return code;
}

export const gzipBytes = code => gzipSync(code, { level: 9 }).length;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const code = await build();
  await writeFile(built, code);
  console.log(`track.min.js: ${code.length} bytes, ${gzipBytes(code)} bytes gzip (at most ${GZIP_BYTES_MAX})`);
}
