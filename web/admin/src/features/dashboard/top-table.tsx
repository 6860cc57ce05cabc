import { reportQuery, rangeBody } from '@/api/reports';
import type { MetricInfo, ReportQuery, ReportRow } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { metricColumns } from '@/components/metric-columns';
import { buttonClass } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Loading } from '@/components/ui/spinner';
import { cn } from '@/lib/cn';
import { dimensionText } from '@/lib/dimension-text';
import { equalsFilter, writeFilters } from '@/lib/filters';
import { NO_VIEW, type DashboardParams } from '@/lib/params';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';

interface TopTableProps {
  title: string;
  dimension: string;
  heading: string;
  params: DashboardParams;
  metrics: readonly MetricInfo[];
  currency: string;
  refreshMs: number;
  className?: string;
}

const ROWS = 8;
const COLUMNS = ['clicks', 'conversions', 'revenue', 'profit', 'roi'];

/** The busiest values of one dimension, with the way into the full report. */
export function TopTable({
  title,
  dimension,
  heading,
  params,
  metrics,
  currency,
  refreshMs,
  className,
}: TopTableProps) {
  const columns = metrics.filter(metric => COLUMNS.includes(metric.key));
  const query: ReportQuery = {
    dimensions: [dimension],
    metrics: columns.map(column => column.key),
    range: rangeBody(params.range),
    sort: [{ key: 'clicks', dir: 'desc' }],
    limit: ROWS,
    bots: params.bots,
  };
  const { data, isPlaceholderData } = useQuery(reportQuery(query, refreshMs));
  const head: ColumnDef<ReportRow> = {
    id: dimension,
    header: heading,
    cell: ({ row }) => {
      const value = row.original.keys[dimension];
      return (
        <Link
          to="/report"
          search={{
            range: params.range,
            bots: params.bots,
            by: dimension === 'campaign' ? 'destination' : 'campaign',
            f: writeFilters([equalsFilter(dimension, value?.id ?? '')]),
          }}
          className="hover:text-accent-text block max-w-40 truncate rounded hover:underline sm:max-w-52"
        >
          {dimensionText(dimension, value)}
        </Link>
      );
    },
  };
  return (
    <Card
      flush
      className={cn('overflow-hidden', className)}
      title={title}
      actions={
        <Link
          to="/report"
          search={{ range: params.range, bots: params.bots, by: dimension, v: NO_VIEW }}
          className={buttonClass('ghost', 'sm')}
        >
          Report
        </Link>
      }
    >
      {data ? (
        <DataTable
          label={title}
          rows={data.rows}
          rowId={row => row.keys[dimension]?.id ?? ''}
          columns={[
            head,
            ...metricColumns<ReportRow>({
              columns,
              of: row => row.metrics,
              totals: undefined,
              currency,
              sortable: false,
            }),
          ]}
          stale={isPlaceholderData}
          empty={
            <p className="text-ink-faint border-line border-t px-4 py-6 text-center text-sm">
              Nothing yet in this range
            </p>
          }
        />
      ) : (
        <Loading />
      )}
    </Card>
  );
}
