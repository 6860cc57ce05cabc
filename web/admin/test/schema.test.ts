/** The generated client must be made of the API's description as it is now: `npm run generate`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('..', import.meta.url).pathname;

it('src/api/schema.d.ts is not stale against openapi.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { generate: string } };
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-schema-'));
  try {
    const fresh = join(folder, 'schema.d.ts');
    const words = scripts.generate.split(' ').map(word => (word === 'src/api/schema.d.ts' ? fresh : word));
    const [tool = '', ...options] = words;
    execFileSync(join(root, 'node_modules/.bin', tool), options, { cwd: root, stdio: 'pipe' });
    const same = readFileSync(fresh, 'utf8') === readFileSync(join(root, 'src/api/schema.d.ts'), 'utf8');
    expect(same, 'run `npm run generate` and commit the result').toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
