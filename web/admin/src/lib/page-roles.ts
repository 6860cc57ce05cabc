/**
 * Pages that ask for what the server gives to some roles only. Navigation, loaders and the pages themselves go by this table, so that
 * nobody is led to a refusal, and nothing that would be refused is asked.
 */
import type { Role } from '@/api/types';

export const PAGE_ROLES = {
  '/share-links': 'editor',
  '/logs/dead_letters': 'admin',
  '/settings/users': 'admin',
  '/settings/keys': 'admin',
} as const satisfies Record<string, Role>;

export type GuardedPage = keyof typeof PAGE_ROLES;

function isGuarded(page: string): page is GuardedPage {
  return Object.hasOwn(PAGE_ROLES, page);
}

/** The least role that a page is of use to. */
export function roleOf(page: string): Role {
  return isGuarded(page) ? PAGE_ROLES[page] : 'viewer';
}
