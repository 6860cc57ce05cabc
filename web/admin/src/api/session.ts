import { roleOf } from '@/lib/page-roles';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { api, chooseWorkspace, currentWorkspaceId, setCsrfToken, take } from './client';
import type { Role, Session, SessionWorkspace } from './types';

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: () => take(api.GET('/api/v1/setup')),
  staleTime: 0,
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => adopt(await take(api.GET('/api/v1/session'))),
  staleTime: 5 * 60_000,
  retry: false,
});

/** Takes the token of a session for later requests, and a workspace that it really has. */
export function adopt(session: Session): Session {
  setCsrfToken(session.csrf_token ?? null);
  const known = session.workspaces.some(workspace => workspace.id === currentWorkspaceId());
  if (!known) chooseWorkspace(session.workspaces[0]?.id ?? null);
  return session;
}

export interface SetupValues {
  token: string;
  email: string;
  password: string;
  name: string;
  workspace: { name: string; currency: string; timezone: string };
}

export async function setUp(values: SetupValues): Promise<Session> {
  return adopt(await take(api.POST('/api/v1/setup', { body: values })));
}

export async function logIn(email: string, password: string): Promise<Session> {
  return adopt(await take(api.POST('/api/v1/session', { body: { email, password } })));
}

export async function logOut(): Promise<void> {
  await api.DELETE('/api/v1/session');
  setCsrfToken(null);
}

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

const NOWHERE: SessionWorkspace = { id: '', name: 'No workspace', currency: 'USD', timezone: 'UTC', role: 'viewer' };

/** The workspace that the pages are about. */
export function useWorkspace(): SessionWorkspace {
  return workspaceOf(useSession());
}

function workspaceOf({ workspaces }: Session): SessionWorkspace {
  return workspaces.find(workspace => workspace.id === currentWorkspaceId()) ?? workspaces[0] ?? NOWHERE;
}

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

/** Why the caller may not do what needs `role`; `undefined` when it may. For the `disabled` reason of actions. */
export function useLacksRole(role: Role): string | undefined {
  const { role: own } = useWorkspace();
  return RANK[own] >= RANK[role] ? undefined : `Needs the role ${role}; yours is ${own}.`;
}

/** Whether a page is of use to the caller; others are not asked for anything, and no link leads to them. */
export function mayOpen(session: Session, page: string): boolean {
  return RANK[workspaceOf(session).role] >= RANK[roleOf(page)];
}

export function useMayOpen(): (page: string) => boolean {
  const session = useSession();
  return page => mayOpen(session, page);
}

/** Ends all other sessions; this one goes on with a new token. */
export async function changePassword(current: string, next: string): Promise<Session> {
  const answer = take(api.PUT('/api/v1/session/password', { body: { current_password: current, new_password: next } }));
  return adopt(await answer);
}

export async function signOutEverywhere(): Promise<void> {
  await api.POST('/api/v1/session/sign-out-everywhere');
  setCsrfToken(null);
}
