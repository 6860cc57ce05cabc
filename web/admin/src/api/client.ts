/** The one way to the server: the generated client, with the workspace and the CSRF token on every request. */
import { recall, remember } from '@/lib/storage';
import createClient, { type Middleware } from 'openapi-fetch';
import { errorOf } from './errors';
import type { paths } from './schema';

let csrfToken: string | null = null;
let workspaceId: string | null = recall('workspace');

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function currentWorkspaceId(): string | null {
  return workspaceId;
}

/** Chooses the workspace of all later requests; kept for the next visit of this browser. */
export function chooseWorkspace(id: string | null): void {
  workspaceId = id;
  remember('workspace', id);
}

const middleware: Middleware = {
  onRequest({ request, schemaPath }) {
    if (workspaceId && !schemaPath.endsWith('/session') && !schemaPath.endsWith('/setup')) {
      request.headers.set('X-Workspace', workspaceId);
    }
    if (csrfToken && request.method !== 'GET' && request.method !== 'HEAD') {
      request.headers.set('X-CSRF-Token', csrfToken);
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
    return response;
  },
};

export const api = createClient<paths>({ credentials: 'same-origin' });
api.use(middleware);

/** The data of an answer; refusals have been thrown before. */
export async function take<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

/** Most objects of one kind that lists and pickers hold; beyond it the search box of the server is needed. */
export const LIST_MAX = 2000;

interface PageOf<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Follows a paged list to its end, or to `LIST_MAX`. */
export async function takeAll<T>(page: (cursor: string | undefined) => Promise<PageOf<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next one
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.next_cursor ?? undefined;
  } while (cursor && items.length < LIST_MAX);
  return items;
}
