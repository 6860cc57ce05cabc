/** Saved views of the report: one's own and the workspace's, with the one that the page begins with. */
import { defaultMarkQuery, deleteView, markDefault, markedView, replaceView, reportViewsQuery } from '@/api/views';
import { messageOf } from '@/api/errors';
import { useLacksRole } from '@/api/session';
import type { SavedView } from '@/api/types';
import { DeleteDialog } from '@/components/delete-dialog';
import { Button } from '@/components/ui/button';
import { Menu, type MenuItem } from '@/components/ui/menu';
import { toast } from '@/components/ui/toast';
import { NO_VIEW, type ReportParams } from '@/lib/params';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { BookmarkPlus, ChevronDown, Pencil, RotateCcw, Save, Star, StarOff, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { paramsOf, type ReportState, wholeQuery } from '../report-state';
import { ViewForm } from './view-form';
import { isChanged } from './view-state';

interface ViewsMenuProps {
  state: ReportState;
  /** Shows another report. */
  onOpen: (params: Partial<ReportParams>) => void;
}

type Asking = { what: 'save' } | { what: 'rename' | 'delete'; view: SavedView };

export function ViewsMenu({ state, onOpen }: ViewsMenuProps) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: views } = useSuspenseQuery(reportViewsQuery);
  const { data: marks } = useSuspenseQuery(defaultMarkQuery);
  const [asking, setAsking] = useState<Asking | null>(null);
  const current = views.find(view => view.id === state.params.v);
  const changed = current !== undefined && isChanged(state.params, current);
  const first = markedView(marks);
  const locked = current?.everybody ? lacksEditor : undefined;
  const refresh = () => client.invalidateQueries({ queryKey: ['views'] });
  const open = (view: SavedView) => onOpen({ ...paramsOf(view.query, view.display), v: view.id });
  const attempt = async (run: () => Promise<unknown>, done: string) => {
    try {
      await run();
      await refresh();
      toast.success(done);
    } catch (error) {
      toast.error('That did not work', messageOf(error));
    }
  };
  const saveChanges = (view: SavedView) => {
    const { name, everybody, page, version } = view;
    const body = { name, everybody, page, version, query: wholeQuery(state), display: { view: state.params.view } };
    return attempt(() => replaceView(view.id, body), `Saved “${name}”`);
  };
  const entry = (view: SavedView): MenuItem => ({
    label: view.name,
    checked: view.id === current?.id,
    icon: <Star className={view.id === first ? 'fill-current' : 'opacity-0'} aria-hidden="true" />,
    onSelect: () => open(view),
  });
  const own = views.filter(view => !view.everybody);
  const shared = views.filter(view => view.everybody);
  const items: (MenuItem | 'separator')[] = [
    {
      label: 'Plain report',
      icon: <RotateCcw />,
      onSelect: () => onOpen({ v: NO_VIEW }),
      checked: !current,
    },
    ...(own.length > 0 ? ['separator' as const, ...own.map(entry)] : []),
    ...(shared.length > 0 ? ['separator' as const, ...shared.map(entry)] : []),
    'separator',
    { label: 'Save as a new view…', icon: <BookmarkPlus />, onSelect: () => setAsking({ what: 'save' }) },
    ...(current
      ? [
          {
            label: 'Save the changes',
            icon: <Save />,
            disabled: changed ? locked : 'Nothing has changed.',
            onSelect: () => void saveChanges(current),
          },
          {
            label: 'Rename…',
            icon: <Pencil />,
            disabled: locked,
            onSelect: () => setAsking({ what: 'rename', view: current }),
          },
          current.id === first
            ? {
                label: 'Do not begin with this view',
                icon: <StarOff />,
                onSelect: () => void attempt(() => markDefault(marks, null), 'The page begins with the plain report'),
              }
            : {
                label: 'Begin with this view',
                icon: <Star />,
                onSelect: () =>
                  void attempt(() => markDefault(marks, current.id), `The page begins with “${current.name}”`),
              },
          {
            label: 'Delete…',
            icon: <Trash2 />,
            danger: true,
            disabled: locked,
            onSelect: () => setAsking({ what: 'delete', view: current }),
          },
        ]
      : []),
  ];
  return (
    <>
      <Menu
        align="start"
        header={own.length + shared.length === 0 ? 'Save a report to find it here again.' : undefined}
        trigger={
          <Button size="sm" className="max-w-64">
            <span className="truncate">{current?.name ?? 'Views'}</span>
            {changed && <span className="text-ink-faint font-normal">changed</span>}
            <ChevronDown className="text-ink-faint size-3.5 shrink-0" aria-hidden="true" />
          </Button>
        }
        items={items}
      />
      {changed && !locked && (
        <Button size="sm" variant="ghost" onClick={() => void saveChanges(current)}>
          <Save className="size-3.5" aria-hidden="true" /> Save
        </Button>
      )}
      {(asking?.what === 'save' || asking?.what === 'rename') && (
        <ViewForm
          state={state}
          view={asking.what === 'rename' ? asking.view : null}
          lacksEditor={lacksEditor}
          onClose={() => setAsking(null)}
          onSaved={view => {
            setAsking(null);
            void refresh().then(() => open(view));
          }}
        />
      )}
      {asking?.what === 'delete' && (
        <DeleteDialog
          kind="view"
          name={asking.view.name}
          onDelete={async () => {
            await deleteView(asking.view.id);
            if (asking.view.id === first) await markDefault(marks, null);
          }}
          onDone={() => {
            setAsking(null);
            void refresh().then(() => onOpen({ ...state.params, v: NO_VIEW }));
          }}
          onClose={() => setAsking(null)}
        >
          {asking.view.everybody ? 'Everybody in the workspace loses it.' : 'The report itself stays as it is shown.'}
        </DeleteDialog>
      )}
    </>
  );
}
