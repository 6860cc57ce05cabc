import { messageOf } from '@/api/errors';
import { reportMetadataQuery } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import { useValueOptions } from '@/api/value-options';
import { ConditionBar } from '@/components/conditions/condition-bar';
import { conditionSource, dimensionsOf } from '@/components/conditions/condition-source';
import { FigureBar } from '@/components/conditions/figure-bar';
import { DateRangePicker } from '@/components/date-range-picker';
import { Pager } from '@/components/pager';
import { Banner } from '@/components/ui/banner';
import { Card } from '@/components/ui/card';
import { Loading } from '@/components/ui/spinner';
import { type Condition, fieldsOf, writeConditions } from '@/lib/conditions';
import { writeFilters } from '@/lib/filters';
import { formatCount } from '@/lib/format';
import type { ReportParams } from '@/lib/params';
import { writeSort } from '@/lib/sort';
import { formatDateTime } from '@/lib/time';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { GroupChain } from './group-chain';
import { ColumnsButton } from './metrics/columns-button';
import { DEPTH_MAX, drillInto, PAGE_SIZE, readState, type RowPath } from './report-state';
import { ReportEmpty } from './report-empty';
import { ReportSwitches } from './report-switches';
import { ReportTable } from './report-table';
import { ReportProgress } from './report-progress';
import { useReportRows } from './use-report-rows';

interface ReportViewProps {
  params: ReportParams;
  /** Changes the URL; `push` leaves a step to go back to. */
  onChange: (patch: Partial<ReportParams>, push?: boolean) => void;
}

const REFRESH_MS = 30_000;

export function ReportView({ params, onChange }: ReportViewProps) {
  const workspace = useWorkspace();
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const state = readState(params, metadata);
  const rows = useReportRows(state, REFRESH_MS);
  const { report, lines, error, stale, asking } = rows;
  /** Conditions that are being put together and are not asked yet. */
  const [draft, setDraft] = useState<readonly Condition[]>([]);
  const asked = dimensionsOf(metadata.dimensions, fieldsOf([...state.filters, ...draft]));
  const { source, words } = conditionSource(metadata.dimensions, useValueOptions(asked, params.range));
  const change = (patch: Partial<ReportParams>) => onChange({ page: 1, ...patch });
  const breakDown = (path: RowPath, dimension: string) => {
    rows.open(path);
    onChange({ by: [...state.dimensions, dimension].join(',') }, true);
  };
  return (
    <Card flush className="overflow-hidden">
      <div className="grid grid-cols-1 gap-2.5 px-3 py-3 sm:px-4">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <GroupChain
            chain={state.dimensions}
            dimensions={metadata.dimensions}
            onChange={chain => change({ by: chain.join(','), sort: '' })}
          />
          <div className="flex flex-wrap items-center gap-2">
            <DateRangePicker
              value={params.range}
              onChange={range => change({ range })}
              timezone={params.tz || workspace.timezone}
            />
            <ColumnsButton
              metadata={metadata}
              selected={state.metrics}
              onChange={cols => change({ cols: cols.join(',') })}
            />
          </div>
        </div>
        <div className="flex flex-wrap items-start justify-between gap-2">
          <div className="flex min-w-0 flex-wrap items-center gap-1.5">
            <ConditionBar
              source={source}
              words={words}
              conditions={state.filters}
              onDraft={setDraft}
              onChange={filters => change({ f: writeConditions(filters) })}
            />
            {state.dimensions.length > 0 && (
              <FigureBar
                metrics={metadata.metrics}
                figures={state.figures}
                onChange={figures => change({ h: writeFilters(figures) })}
              />
            )}
          </div>
          <ReportSwitches params={params} workspaceTimezone={workspace.timezone} onChange={change} />
        </div>
      </div>
      {error !== null && error !== undefined && (
        <Banner tone="error" title="The report could not be made" className="mx-4 mb-3">
          {messageOf(error)}
        </Banner>
      )}
      {asking && <ReportProgress key={JSON.stringify(asking)} body={asking} />}
      {report ? (
        <>
          <ReportTable
            state={state}
            report={report}
            lines={lines}
            dimensions={metadata.dimensions}
            stale={stale}
            onSort={sort => change({ sort: writeSort(sort) })}
            onToggle={rows.toggle}
            onDrill={path => onChange(drillInto(state, metadata, path), true)}
            onBreakDown={state.dimensions.length < DEPTH_MAX ? breakDown : undefined}
            empty={<ReportEmpty params={params} onChange={change} />}
          />
          <footer className="border-line text-ink-faint flex flex-wrap items-center justify-between gap-2 border-t px-4 py-2 text-xs">
            <span className="num">
              {report.from
                ? `${formatDateTime(report.from, report.timezone)} – ${formatDateTime(report.to, report.timezone)}`
                : 'All time'}
              , {report.timezone} · {formatCount(report.total_rows)} {report.total_rows === 1 ? 'row' : 'rows'} in{' '}
              {report.took_ms} ms
              {params.compare &&
                (report.totals.compare ? ' · compared with the period before' : ' · nothing before it')}
            </span>
            <Pager
              page={params.page}
              pages={Math.ceil(report.total_rows / PAGE_SIZE)}
              onPage={page => onChange({ page })}
            />
          </footer>
        </>
      ) : (
        !error && <Loading />
      )}
    </Card>
  );
}
