import { messageOf } from '@/api/errors';
import { reportMetadataQuery } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import { DateRangePicker } from '@/components/date-range-picker';
import { FilterBar } from '@/components/filter-bar';
import { Pager } from '@/components/pager';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Combobox } from '@/components/ui/combobox';
import { Select } from '@/components/ui/input';
import { Loading } from '@/components/ui/spinner';
import { Segmented } from '@/components/ui/toggle';
import { downloadText, toCsv } from '@/lib/csv';
import { writeFilters } from '@/lib/filters';
import { formatCount } from '@/lib/format';
import type { ReportParams } from '@/lib/params';
import { writeSort } from '@/lib/sort';
import { formatDateTime, timezones } from '@/lib/time';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { ColumnsMenu } from './columns-menu';
import { GroupChain } from './group-chain';
import { reportCsv } from './report-csv';
import { drillInto, PAGE_SIZE, readState } from './report-state';
import { ReportTable } from './report-table';
import { useReportRows } from './use-report-rows';
import { useValueOptions } from './use-value-options';

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
  const { report, lines, error, stale, toggle } = useReportRows(state, REFRESH_MS);
  const filtered = metadata.dimensions.filter(dimension =>
    state.filters.some(filter => filter.field === dimension.key),
  );
  const options = useValueOptions(filtered, params.range);
  const timezone = params.tz || workspace.timezone;
  const change = (patch: Partial<ReportParams>) => onChange({ page: 1, ...patch });
  const download = () => {
    if (!report) return;
    downloadText(
      `report-${params.range.replace('..', '_')}.csv`,
      toCsv(reportCsv(state, report, lines, metadata.dimensions)),
    );
  };
  return (
    <Card flush className="overflow-hidden">
      <div className="grid gap-2.5 px-3 py-3 sm:px-4">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <GroupChain
            chain={state.dimensions}
            dimensions={metadata.dimensions}
            onChange={chain => change({ by: chain.join(','), sort: '' })}
          />
          <div className="flex flex-wrap items-center gap-2">
            <DateRangePicker value={params.range} onChange={range => change({ range })} timezone={timezone} />
            <ColumnsMenu
              metrics={metadata.metrics}
              defaults={metadata.default_metrics}
              selected={state.metrics}
              onChange={cols => change({ cols: cols.join(',') })}
            />
            <Button onClick={download} disabled={lines.length === 0} title="Download what is shown">
              <Download className="text-ink-faint size-3.5" aria-hidden="true" /> CSV
            </Button>
          </div>
        </div>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <FilterBar
            filters={state.filters}
            fields={metadata.dimensions.map(dimension => ({ ...dimension, free: dimension.value_type !== 'entity' }))}
            options={options}
            onChange={filters => change({ f: writeFilters(filters) })}
          />
          <Switches params={params} workspaceTimezone={workspace.timezone} onChange={change} />
        </div>
      </div>
      {error !== null && error !== undefined && (
        <Banner tone="error" title="The report could not be made" className="mx-4 mb-3">
          {messageOf(error)}
        </Banner>
      )}
      {report ? (
        <>
          <ReportTable
            state={state}
            report={report}
            lines={lines}
            dimensions={metadata.dimensions}
            stale={stale}
            onSort={sort => change({ sort: writeSort(sort) })}
            onToggle={toggle}
            onDrill={path => onChange(drillInto(state, metadata, path), true)}
          />
          <footer className="border-line text-ink-faint flex flex-wrap items-center justify-between gap-2 border-t px-4 py-2 text-xs">
            <span className="num">
              {report.from
                ? `${formatDateTime(report.from, report.timezone)} – ${formatDateTime(report.to, report.timezone)}`
                : 'All time'}
              , {report.timezone} · {formatCount(report.total_rows)} {report.total_rows === 1 ? 'row' : 'rows'} in{' '}
              {report.took_ms} ms
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

interface SwitchesProps {
  params: ReportParams;
  workspaceTimezone: string;
  onChange: (patch: Partial<ReportParams>) => void;
}

function Switches({ params, workspaceTimezone, onChange }: SwitchesProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented
        label="View"
        value={params.view}
        onChange={view => onChange({ view })}
        options={[
          { value: 'tree', label: 'Tree', title: 'Open rows to see what is inside' },
          { value: 'flat', label: 'Flat', title: 'One row for each combination' },
        ]}
      />
      <Select
        aria-label="Bots"
        className="w-36"
        value={params.bots}
        onChange={bots => onChange({ bots })}
        options={[
          { value: 'exclude', label: 'Without bots' },
          { value: 'include', label: 'With bots' },
          { value: 'only', label: 'Only bots' },
        ]}
      />
      <Select
        aria-label="Which time counts"
        className="w-44"
        value={params.basis}
        onChange={basis => onChange({ basis })}
        options={[
          { value: 'click', label: 'By click time' },
          { value: 'conversion', label: 'By conversion time' },
        ]}
      />
      <Combobox
        label="Timezone"
        className="w-44"
        none={workspaceTimezone}
        options={timezones().map(zone => ({ value: zone, label: zone }))}
        value={params.tz || null}
        onChange={zone => onChange({ tz: zone ?? '' })}
      />
    </div>
  );
}
