import { campaignsQuery } from '@/api/campaigns';
import { messageOf } from '@/api/errors';
import { networksQuery } from '@/api/networks';
import { rangeBody, reportMetadataQuery, reportQuery } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import { sourcesQuery } from '@/api/sources';
import type { ReportQuery } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import type { DashboardParams } from '@/lib/params';
import { isSingleDay } from '@/lib/range';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { GettingStarted } from './getting-started';
import { Tiles } from './tiles';
import { TopTable } from './top-table';
import { Trend } from './trend';

/** How often the figures are asked for anew. */
export const REFRESH_MS = 5000;

const TILES = ['clicks', 'unique_clicks', 'conversions', 'cr', 'epc', 'cpc', 'revenue', 'cost', 'profit', 'roi'];

export function DashboardView({ params }: { params: DashboardParams }) {
  const workspace = useWorkspace();
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const { data: campaigns } = useSuspenseQuery(campaignsQuery('all'));
  const tiles = TILES.flatMap(key => metadata.metrics.find(metric => metric.key === key) ?? []);
  const step = isSingleDay(params.range) ? 'hour' : 'day';
  const base = { range: rangeBody(params.range), bots: params.bots, metrics: tiles.map(tile => tile.key) };
  const totals: ReportQuery = {
    ...base,
    dimensions: [],
    ...(params.range === 'all_time' ? {} : { compare: 'previous_period' as const }),
  };
  const overview = useQuery(reportQuery(totals, REFRESH_MS));
  const trend = useQuery(
    reportQuery(
      {
        ...base,
        metrics: ['clicks', 'conversions', 'revenue', 'cost', 'profit'],
        dimensions: [step],
        sort: [{ key: step, dir: 'asc' }],
        limit: 2000,
      },
      REFRESH_MS,
    ),
  );
  const common = { params, metrics: metadata.metrics, currency: workspace.currency, refreshMs: REFRESH_MS };
  const error = overview.error ?? trend.error;
  return (
    <div className="grid gap-4">
      <Start campaigns={campaigns.length} />
      {error && (
        <Banner tone="error" title="The figures could not be loaded">
          {messageOf(error)}
        </Banner>
      )}
      <Tiles metrics={tiles} report={overview.data} currency={workspace.currency} />
      <Trend report={trend.data} step={step} metrics={metadata.metrics} currency={workspace.currency} />
      <div className="grid items-start gap-4 xl:grid-cols-2 min-[1750px]:grid-cols-3">
        <TopTable
          title="Top campaigns"
          heading="Campaign"
          dimension="campaign"
          className="xl:col-span-2 min-[1750px]:col-span-1"
          {...common}
        />
        <TopTable title="Top countries" heading="Country" dimension="country" {...common} />
        <TopTable title="Top destinations" heading="Destination" dimension="destination" {...common} />
      </div>
    </div>
  );
}

/** The first steps, as long as no click has ever come in. */
function Start({ campaigns }: { campaigns: number }) {
  const ever = useQuery(
    reportQuery({ metrics: ['clicks'], dimensions: [], range: { token: 'all_time' }, bots: 'include' }, 15_000),
  );
  const clicks = Number(ever.data?.totals.metrics.clicks ?? 0);
  const started = ever.data !== undefined && clicks === 0;
  const { data: sources } = useQuery({ ...sourcesQuery, enabled: started });
  const { data: networks } = useQuery({ ...networksQuery, enabled: started });
  if (!started || !sources || !networks) return null;
  return <GettingStarted sources={sources.length} networks={networks.length} campaigns={campaigns} clicks={clicks} />;
}
