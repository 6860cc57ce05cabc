/** The report as it stands in the URL, read into what the API is asked. Pure. */
import { rangeBody } from '@/api/reports';
import type { ReportMetadata, ReportQuery } from '@/api/types';
import { equalsFilter, type Filter, isComplete, parseFilters, withFilter, writeFilters } from '@/lib/filters';
import type { ReportParams } from '@/lib/params';
import { splitList } from '@/lib/search';
import { parseSort, type Sort } from '@/lib/sort';

export const DEPTH_MAX = 4;
export const PAGE_SIZE = 100;
/** Rows shown under an opened row; more are counted, not shown. */
export const CHILDREN_MAX = 200;

export interface ReportState {
  dimensions: string[];
  metrics: string[];
  filters: Filter[];
  sort: Sort;
  params: ReportParams;
}

/** Drops what this version does not know, so that an old link still shows a report. */
export function readState(params: ReportParams, metadata: ReportMetadata): ReportState {
  const known = (key: string) => metadata.dimensions.some(dimension => dimension.key === key);
  const dimensions = [...new Set(splitList(params.by).filter(known))].slice(0, DEPTH_MAX);
  const wanted = splitList(params.cols).filter(key => metadata.metrics.some(metric => metric.key === key));
  const metrics = wanted.length > 0 ? wanted : metadata.default_metrics;
  const first = dimensions[0] ?? '';
  const time = metadata.dimensions.find(dimension => dimension.key === first)?.value_type === 'time';
  const fallback: Sort = time ? { key: first, dir: 'asc' } : { key: metrics[0] ?? 'clicks', dir: 'desc' };
  const sort = parseSort(params.sort, fallback);
  const sortable = [...dimensions, ...metrics].includes(sort.key);
  return {
    dimensions,
    metrics,
    filters: parseFilters(params.f).filter(filter => known(filter.field)),
    sort: sortable ? sort : fallback,
    params,
  };
}

/** A value of each outer dimension: the place of an opened row. */
export type RowPath = { dimension: string; id: string }[];

function common(state: ReportState, extra: Filter[]): ReportQuery {
  const { params } = state;
  return {
    metrics: state.metrics,
    range: rangeBody(params.range),
    ...(params.tz ? { timezone: params.tz } : {}),
    filters: [...state.filters.filter(isComplete), ...extra],
    basis: params.basis,
    bots: params.bots,
  };
}

/** The sort of one level: a sort by another level's dimension means by its first metric there. */
function levelSort(state: ReportState, dimensions: string[]): Sort[] {
  const fits = state.metrics.includes(state.sort.key) || dimensions.includes(state.sort.key);
  return fits ? [state.sort] : [{ key: state.metrics[0] ?? 'clicks', dir: 'desc' }];
}

export function flatQuery(state: ReportState): ReportQuery {
  return {
    ...common(state, []),
    dimensions: state.dimensions,
    sort: levelSort(state, state.dimensions),
    limit: PAGE_SIZE,
    offset: (state.params.page - 1) * PAGE_SIZE,
  };
}

/** The rows of one level of the tree: the whole first level, or those under an opened row. */
export function levelQuery(state: ReportState, path: RowPath): ReportQuery {
  const dimension = state.dimensions[path.length];
  const dimensions = dimension ? [dimension] : [];
  const outer = path.map(step => equalsFilter(step.dimension, step.id));
  const top = path.length === 0;
  return {
    ...common(state, outer),
    dimensions,
    sort: levelSort(state, dimensions),
    limit: top ? PAGE_SIZE : CHILDREN_MAX,
    offset: top ? (state.params.page - 1) * PAGE_SIZE : 0,
  };
}

/** What buyers look at next, in this order. */
const NEXT = [
  'campaign',
  'destination',
  'country',
  'device_type',
  'os',
  'browser',
  'source',
  'sub_id_1',
  'day',
  'hour',
];

/** Clicking a value: the report of that value alone, grouped by the next dimension. */
export function drillInto(state: ReportState, metadata: ReportMetadata, path: RowPath): Partial<ReportParams> {
  let filters: Filter[] = state.filters;
  for (const step of path) filters = withFilter(filters, equalsFilter(step.dimension, step.id));
  const rest = state.dimensions.slice(path.length);
  const used = new Set([...filters.map(filter => filter.field), ...rest]);
  const next = NEXT.find(key => !used.has(key) && metadata.dimensions.some(dimension => dimension.key === key));
  const by = rest.length > 0 ? rest : next ? [next] : state.dimensions;
  return { by: by.join(','), f: writeFilters(filters), page: 1 };
}
