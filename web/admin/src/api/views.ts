import { queryOptions } from '@tanstack/react-query';
import { api, take } from './client';
import type { SavedView, SavedViewInput } from './types';

const PATH = '/api/v1/views';
const ONE = '/api/v1/views/{id}';

/** Where reports are kept, and where a person's choice among them is. */
export const REPORTS = 'reports';
const DEFAULTS = 'reports-default';

const listed = (page: string) =>
  queryOptions({
    queryKey: ['views', page],
    queryFn: async () => (await take(api.GET(PATH, { params: { query: { page } } }))).items,
    staleTime: 60_000,
  });

export const reportViewsQuery = listed(REPORTS);

/** The caller's own mark of the view that the report page begins with: at most one. */
export const defaultMarkQuery = listed(DEFAULTS);

/** A view to be saved; what a page remembers beside is an object of the page's own. */
export type ViewInput = Omit<SavedViewInput, 'display'> & { display: Record<string, unknown> };

const bodyOf = (input: ViewInput) => input as SavedViewInput;

export const createView = (input: ViewInput) => take(api.POST(PATH, { body: bodyOf(input) }));

export const replaceView = (id: string, input: ViewInput) =>
  take(api.PUT(ONE, { params: { path: { id } }, body: bodyOf(input) }));

export const deleteView = (id: string) => take(api.DELETE(ONE, { params: { path: { id } } }));

/** Which view a mark names. */
export function markedView(marks: readonly SavedView[]): string | null {
  const own = marks.find(mark => !mark.everybody);
  const id = own?.display['view_id'];
  return typeof id === 'string' ? id : null;
}

/** Makes a view the one that the caller's report page begins with; `null` for none. */
export async function markDefault(marks: readonly SavedView[], viewId: string | null): Promise<void> {
  const own = marks.find(mark => !mark.everybody);
  const body = { name: 'Default report', everybody: false, page: DEFAULTS, query: {}, display: { view_id: viewId } };
  if (viewId === null) await (own && deleteView(own.id));
  else await (own ? replaceView(own.id, { ...body, version: own.version }) : createView(body));
}
