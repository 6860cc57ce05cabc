/** The report as it stands in the URL, read into what the API is asked. Pure. */
import { rangeBody } from '@/api/reports';
import type { MetricInfo, ReportMetadata, ReportQuery } from '@/api/types';
import {
  type Condition,
  conditionsBody,
  conditionsOf,
  isGroup,
  keepFilters,
  parseConditions,
  writeConditions,
} from '@/lib/conditions';
import { equalsFilter, type Filter, isComplete, parseFilters, writeFilters } from '@/lib/filters';
import { rangeText } from '@/lib/range';
import type { ReportParams } from '@/lib/params';
import { splitList } from '@/lib/search';
import { parseSort, type Sort, writeSort } from '@/lib/sort';

export const DEPTH_MAX = 6;
/** As many columns as the server gives. */
export const METRICS_MAX = 100;
export const PAGE_SIZE = 100;
/** Rows shown under an opened row; more are counted, not shown. */
export const CHILDREN_MAX = 200;

export interface ReportState {
  dimensions: string[];
  metrics: string[];
  filters: Condition[];
  /** Filters on figures; the field is a metric. */
  figures: Filter[];
  sort: Sort;
  params: ReportParams;
  /** Every metric there is, by key. */
  known: ReadonlyMap<string, MetricInfo>;
}

/** Drops what this version does not know, so that an old link still shows a report. */
export function readState(params: ReportParams, metadata: ReportMetadata): ReportState {
  const known = (key: string) => metadata.dimensions.some(dimension => dimension.key === key);
  const dimensions = [...new Set(splitList(params.by).filter(known))].slice(0, DEPTH_MAX);
  const byKey = new Map(metadata.metrics.map(metric => [metric.key, metric]));
  const wanted = [...new Set(splitList(params.cols))].filter(key => byKey.has(key)).slice(0, METRICS_MAX);
  const metrics = wanted.length > 0 ? wanted : metadata.default_metrics;
  const first = dimensions[0] ?? '';
  const time = metadata.dimensions.find(dimension => dimension.key === first)?.value_type === 'time';
  const fallback: Sort = time ? { key: first, dir: 'asc' } : { key: metrics[0] ?? 'clicks', dir: 'desc' };
  const sort = parseSort(params.sort, fallback);
  const sortable = [...dimensions, ...metrics].includes(sort.key);
  return {
    dimensions,
    metrics,
    filters: keepFilters(parseConditions(params.f), filter => known(filter.field)),
    figures: parseFilters(params.h).filter(figure => byKey.has(figure.field)),
    sort: sortable ? sort : fallback,
    params,
    known: byKey,
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
    filters: conditionsBody([...state.filters, ...extra]),
    ...havingBody(state),
    basis: params.basis,
    bots: params.bots,
    ...(params.compare ? { compare: 'previous_period' as const } : {}),
  };
}

/** What has no value yet is not asked; without dimensions there are no rows to choose from. */
function havingBody(state: ReportState): Pick<ReportQuery, 'having'> {
  const figures = state.dimensions.length > 0 ? state.figures.filter(isComplete) : [];
  if (figures.length === 0) return {};
  return {
    having: figures.map(({ field, op, values }) => ({
      metric: field,
      op,
      values: values.filter(value => value !== ''),
    })),
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
  let filters = state.filters;
  for (const step of path) filters = withOnly(filters, equalsFilter(step.dimension, step.id));
  const rest = state.dimensions.slice(path.length);
  const used = new Set([...path.map(step => step.dimension), ...singled(state.filters), ...rest]);
  const next = NEXT.find(key => !used.has(key) && metadata.dimensions.some(dimension => dimension.key === key));
  const by = rest.length > 0 ? rest : next ? [next] : state.dimensions;
  return { by: by.join(','), f: writeConditions(filters), page: 1 };
}

/** Fields that a filter holds to one value: grouping by them would give one row. */
function singled(conditions: readonly Condition[]): string[] {
  return conditions.flatMap(it => (!isGroup(it) && it.op === 'equals' && it.values.length === 1 ? [it.field] : []));
}

/** Adds a filter of one value in place of those on the same field; groups stay. */
function withOnly(conditions: readonly Condition[], filter: Filter): Condition[] {
  return [...conditions.filter(other => isGroup(other) || other.field !== filter.field), filter];
}

/** The report as one request, for what is kept or made of it on the server: views, links, files. */
export function wholeQuery(state: ReportState): ReportQuery {
  return { ...common(state, []), dimensions: state.dimensions, sort: [state.sort] };
}

/** The URL of a report that the server keeps. */
export function paramsOf(query: ReportQuery, display: { view?: unknown } = {}): Partial<ReportParams> {
  const [sort] = query.sort ?? [];
  return {
    range: rangeText(query.range),
    by: (query.dimensions ?? []).join(','),
    cols: (query.metrics ?? []).join(','),
    f: writeConditions(conditionsOf(query.filters)),
    h: writeFilters(
      (query.having ?? []).map(({ metric, op, values }) => ({ field: metric, op, values: values ?? [] })),
    ),
    tz: query.timezone ?? '',
    sort: sort ? writeSort(sort) : '',
    bots: query.bots ?? 'include',
    basis: query.basis ?? 'click',
    compare: query.compare ? 'previous' : '',
    view: display.view === 'flat' ? 'flat' : 'tree',
    page: 1,
  };
}
