import { messageOf } from '@/api/errors';
import { logMetadataQuery } from '@/api/logs';
import { useWorkspace } from '@/api/session';
import { ConditionBar } from '@/components/conditions/condition-bar';
import { DataTable } from '@/components/data-table';
import { DateRangePicker } from '@/components/date-range-picker';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/empty-state';
import { Modal } from '@/components/ui/modal';
import { Loading } from '@/components/ui/spinner';
import { Switch } from '@/components/ui/toggle';
import { type Condition, conditionsBody, fieldsOf, parseConditions, writeConditions } from '@/lib/conditions';
import { LOG_RANGES, logRangeBounds, logRangeLabel } from '@/lib/log-range';
import type { LogParamsInUrl } from '@/lib/params';
import { keepPreviousData, useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { RotateCw, ScrollText } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { DetailSection, LogSelection } from './log-context';
import { logSource, useLogOptions } from './log-fields';
import { LogExport } from './log-export';
import type { LogKind, LogName } from './log-kinds';
import { QuickViews } from './quick-views';

const PAGE = 100;
const LIVE_MS = 3000;

interface LogViewProps<T> {
  name: LogName;
  kind: LogKind<T>;
  params: LogParamsInUrl;
  onChange: (patch: Partial<LogParamsInUrl>) => void;
}

export function LogView<T>({ name, kind, params, onChange }: LogViewProps<T>) {
  const { timezone, currency } = useWorkspace();
  const [ids, setIds] = useState<readonly string[]>([]);
  const selection: LogSelection | undefined = kind.selectable
    ? {
        ids,
        toggle: (id, on) => setIds(now => (on ? [...now, id] : now.filter(other => other !== id))),
        clear: () => setIds([]),
      }
    : undefined;
  const context = { timezone, currency, selection };
  const live = params.live === '1';
  const filters = parseConditions(params.f);
  const sent = conditionsBody(filters);
  /** Conditions that are being put together and are not asked yet. */
  const [draft, setDraft] = useState<readonly Condition[]>([]);
  const { data: metadata } = useSuspenseQuery(logMetadataQuery);
  const asked = fieldsOf([...filters, ...draft]);
  const options = useLogOptions(metadata[name].filter(info => asked.includes(info.key)));
  const { source, words } = logSource(metadata[name], options);
  const query = useInfiniteQuery({
    queryKey: ['logs', name, params.range, sent],
    queryFn: ({ pageParam }) =>
      kind.find({
        ...logRangeBounds(params.range),
        limit: PAGE,
        ...(sent.length > 0 ? { filters: JSON.stringify(sent) } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: page => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    ...(live ? { refetchInterval: LIVE_MS, maxPages: 1 } : {}),
  });
  const shown = () => ({ ...logRangeBounds(params.range), filters: sent });
  const rows = query.data?.pages.flatMap(page => page.items) ?? [];
  const chosen = params.row ? rows.find(row => kind.rowId(row) === params.row) : undefined;
  return (
    <>
      {kind.views && (
        <QuickViews views={kind.views} now={params.f} onOpen={f => onChange({ f, row: '' })} label={kind.title} />
      )}
      <Card flush className="overflow-hidden">
        <div className="flex flex-wrap items-center gap-2 px-3 py-2.5 sm:px-4">
          <DateRangePicker
            value={params.range}
            onChange={range => onChange({ range, row: '' })}
            timezone={timezone}
            tokens={LOG_RANGES}
            align="start"
          />
          <ConditionBar
            source={source}
            words={words}
            conditions={filters}
            onDraft={setDraft}
            onChange={next => onChange({ f: writeConditions(next), row: '' })}
          />
          <div className="ml-auto flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
            {kind.Actions && <kind.Actions shown={shown} selection={selection} />}
            <LogExport name={name} title={kind.title} time={logRangeLabel(params.range)} shown={shown} />
            <Switch label="Live" checked={live} onChange={on => onChange({ live: on ? '1' : '' })} />
            <Button onClick={() => void query.refetch()} loading={query.isFetching && !live} aria-label="Refresh">
              {!(query.isFetching && !live) && <RotateCw className="size-3.5" />} Refresh
            </Button>
          </div>
        </div>
        {query.error && (
          <Banner tone="error" title="The log could not be read" className="mx-4 mb-3">
            {messageOf(query.error)}
          </Banner>
        )}
        {query.data ? (
          <DataTable
            label={kind.title}
            columns={kind.columns(context)}
            rows={rows}
            rowId={kind.rowId}
            onOpen={row => onChange({ row: kind.rowId(row) })}
            rowClass={row => (kind.rowId(row) === params.row ? 'bg-sunken' : undefined)}
            stale={query.isPlaceholderData}
            className="max-h-[max(16rem,calc(100dvh-13.5rem))] overflow-y-auto"
            empty={
              <EmptyState
                icon={<ScrollText />}
                title={filters.length > 0 ? 'Nothing fits these filters' : 'Nothing in this time'}
              >
                {filters.length > 0 ? 'Take a filter away or choose a longer time.' : kind.empty}
              </EmptyState>
            }
          />
        ) : (
          !query.error && <Loading />
        )}
        {query.hasNextPage && (
          <div className="border-line flex justify-center border-t p-2">
            <Button variant="ghost" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older
            </Button>
          </div>
        )}
      </Card>
      {chosen !== undefined && (
        <Detail title={kind.title} sections={kind.detail(chosen, context)} onClose={() => onChange({ row: '' })}>
          {kind.More && <kind.More row={chosen} context={context} />}
        </Detail>
      )}
    </>
  );
}

interface DetailProps {
  title: string;
  sections: DetailSection[];
  onClose: () => void;
  children?: ReactNode;
}

function Detail({ title, sections, onClose, children }: DetailProps) {
  return (
    <Modal title={title.replace(/ies$/, 'y').replace(/s$/, '')} shape="sheet" width="lg" onClose={onClose}>
      <div className="grid gap-5">
        {sections.map(section => {
          const rows = section.rows.filter(
            ([, value]) => value !== '' && value !== null && value !== undefined && value !== false,
          );
          if (rows.length === 0) return null;
          return (
            <section key={section.title}>
              <h3 className="mb-1.5 text-sm font-semibold">{section.title}</h3>
              <dl className="border-line divide-line divide-y rounded-lg border text-sm">
                {rows.map(([label, value]) => (
                  <div key={label} className="grid grid-cols-[8.5rem_1fr] gap-3 px-3 py-1.5">
                    <dt className="text-ink-faint min-w-0 break-words">{label}</dt>
                    <dd className="min-w-0 break-words">{value}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
        {children}
      </div>
    </Modal>
  );
}
