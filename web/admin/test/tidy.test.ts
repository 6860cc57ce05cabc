/** House rules of this folder that no linter knows: layers, names and sizes of files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('..', import.meta.url).pathname;
const LINES_MAX = 300;

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'screenshots' ? [] : filesIn(path);
    return /\.(tsx?|mjs)$/.test(entry.name) ? [path] : [];
  });
}

const files = ['src', 'mock', 'test', 'e2e'].flatMap(filesIn).filter(path => path !== 'src/api/schema.d.ts');

/** Which folder under src a file belongs to, and for a feature which one. */
function layerOf(path: string): { layer: string; feature: string | null } {
  const [, layer = '', feature] = path.split('/');
  return { layer, feature: layer === 'features' ? (feature ?? null) : null };
}

/** Who may use whom: each layer only the ones listed. Files at the top of src wire everything together. */
const ALLOWED: Record<string, string[]> = {
  lib: ['lib'],
  api: ['lib', 'api'],
  components: ['lib', 'api', 'components'],
  features: ['lib', 'api', 'components', 'features'],
  routes: ['lib', 'api', 'components', 'features'],
};

/** Modules of the API layer that components may use: types, errors and who is logged in, but nothing that fetches. */
const FOR_COMPONENTS = new Set(['types', 'errors', 'entity-metrics', 'session']);

function importsOf(path: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, path), 'utf8');
  const found = [...text.matchAll(/^\s*(import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'/gms)];
  return found.flatMap(([, , typeOnly, target]) => {
    if (!target) return [];
    if (target.startsWith('@/')) return [{ target: `src/${target.slice(2)}`, typeOnly: Boolean(typeOnly) }];
    if (target.startsWith('.'))
      return [{ target: relative(root, join(root, path, '..', target)), typeOnly: Boolean(typeOnly) }];
    return [];
  });
}

/** What is wrong with an import, or null. */
function complaint(path: string, target: string, typeOnly: boolean): string | null {
  const [from, to] = [layerOf(path), layerOf(target)];
  // The URL filters name the operators of the API; a type costs nothing at run time.
  if (from.layer === 'lib' && to.layer === 'api' && typeOnly) return null;
  if (!(ALLOWED[from.layer] ?? []).includes(to.layer)) return `${from.layer} must not use ${to.layer}`;
  if (from.feature !== null && to.feature !== null && from.feature !== to.feature)
    return 'a feature never imports another feature';
  const module = target.split('/').at(-1) ?? '';
  const fetches = from.layer === 'components' && to.layer === 'api' && !typeOnly && !FOR_COMPONENTS.has(module);
  return fetches ? 'components do not fetch' : null;
}

describe('layers', () => {
  const layered = files.filter(path => path.startsWith('src/') && path.split('/').length > 2);

  it('use only what is below them', () => {
    expect(layered.length).toBeGreaterThan(100);
    const wrong = layered.flatMap(path =>
      importsOf(path).flatMap(({ target, typeOnly }) => {
        const reason = complaint(path, target, typeOnly);
        return reason ? [`${path} imports ${target}: ${reason}`] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('are really told apart', () => {
    expect(complaint('src/features/logs/a.ts', 'src/features/report/b', false)).not.toBeNull();
    expect(complaint('src/lib/a.ts', 'src/components/b', false)).not.toBeNull();
    expect(complaint('src/components/a.tsx', 'src/api/reports', false)).not.toBeNull();
    expect(complaint('src/components/a.tsx', 'src/api/types', true)).toBeNull();
  });
});

describe('files', () => {
  it(`have at most ${LINES_MAX} lines, tests apart`, () => {
    const long = files.filter(
      path => !path.includes('.test.') && readFileSync(join(root, path), 'utf8').split('\n').length - 1 > LINES_MAX,
    );
    expect(long).toEqual([]);
  });

  it('are named in kebab-case', () => {
    const odd = files.filter(
      path => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|tsx|mjs)$/.test(path.split('/').at(-1) ?? ''),
    );
    expect(odd).toEqual([]);
  });

  it('ask no other host for anything', () => {
    const built = [...files.filter(path => path.startsWith('src/')), 'index.html', 'src/styles.css'];
    const asking = built.filter(path =>
      /(src|href)="https?:|@import\s+url|url\(\s*['"]?https?:|fetch\(\s*['"`]https?:/.test(
        readFileSync(join(root, path), 'utf8'),
      ),
    );
    expect(asking).toEqual([]);
  });

  it('keep the mock server out of the program', () => {
    const using = files.filter(
      path => path.startsWith('src/') && importsOf(path).some(({ target }) => target.startsWith('mock')),
    );
    expect(using).toEqual([]);
  });
});
