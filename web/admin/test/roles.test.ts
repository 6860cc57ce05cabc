/** What the server gives to some roles only must not be asked by pages that everybody sees. */
import { type GuardedPage, roleOf } from '@/lib/page-roles';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

type Operation = { 'x-role'?: string };

const { paths } = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, { get?: Operation }>;
};

/** Everything that can be read, and is refused to viewers. */
const guarded = Object.entries(paths).flatMap(([path, { get }]) => {
  const role = get?.['x-role'] ?? 'public';
  return role === 'viewer' || role === 'public' ? [] : [`${role} ${path}`];
});

it('every address that viewers are refused is known, with the place that does not ask it for them', () => {
  expect(guarded.toSorted()).toEqual([
    // The pages of the table.
    'admin /api/v1/api-keys',
    'admin /api/v1/api-keys/{id}',
    'admin /api/v1/logs/dead_letters',
    // Only behind a button that others do not see: features/logs/postback-actions.
    'admin /api/v1/postbacks/strays',
    // Below the workspace's settings, which others see without it: routes/settings-workspace.
    'admin /api/v1/rate-fetch',
    'admin /api/v1/users',
    'admin /api/v1/users/{id}',
    // features/networks/postback-panel.
    'editor /api/v1/networks/{id}/postback-url',
    'editor /api/v1/share-links',
  ]);
});

it('a page needs the role that its address of the API does', () => {
  const lists: Record<GuardedPage, string> = {
    '/share-links': '/api/v1/share-links',
    '/logs/dead_letters': '/api/v1/logs/dead_letters',
    '/settings/users': '/api/v1/users',
    '/settings/keys': '/api/v1/api-keys',
  };
  for (const [page, path] of Object.entries(lists)) expect(paths[path]?.get?.['x-role']).toBe(roleOf(page));
  expect(roleOf('/campaigns')).toBe('viewer');
  expect(roleOf('constructor')).toBe('viewer');
});
