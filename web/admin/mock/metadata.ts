/** What the mock server can report on: enough to look at the pages, not the product's own list. */
import type {
  DimensionInfo,
  LogFieldInfo,
  LogMetadata,
  MetricInfo,
  ReportMetadata,
  Vocabulary,
} from '../src/api/types.ts';
import vocabulary from './vocabulary.json' with { type: 'json' };

const TEXT = ['equals', 'not_equals', 'contains', 'not_contains', 'begins_with', 'is_set', 'is_not_set'] as const;

function dimension(
  key: string,
  title: string,
  group: string,
  value_type: DimensionInfo['value_type'] = 'text',
): DimensionInfo {
  return {
    key,
    title,
    group,
    value_type,
    description: `${title} of the click.`,
    entity: null,
    values: [],
    operators: [...TEXT],
  };
}

function metric(
  key: string,
  title: string,
  value_type: MetricInfo['value_type'],
  decimals: number,
  formula = '',
): MetricInfo {
  return { key, title, value_type, decimals, formula, description: `${title}.` };
}

export const METADATA: ReportMetadata = {
  dimensions: [
    dimension('hour', 'Hour', 'time', 'time'),
    dimension('day', 'Day', 'time', 'time'),
    dimension('campaign', 'Campaign', 'traffic', 'entity'),
    dimension('destination', 'Destination', 'traffic', 'entity'),
    dimension('source', 'Traffic source', 'traffic', 'entity'),
    dimension('network', 'Affiliate network', 'traffic', 'entity'),
    dimension('country', 'Country', 'geo'),
    dimension('city', 'City', 'geo'),
    dimension('device_type', 'Device type', 'device'),
    dimension('os', 'Operating system', 'device'),
    dimension('browser', 'Browser', 'device'),
    dimension('sub_id_1', 'Sub id 1', 'parameters'),
    dimension('sub_id_2', 'Sub id 2', 'parameters'),
    dimension('bot', 'Bot', 'quality', 'bool'),
  ],
  metrics: [
    metric('clicks', 'Clicks', 'count', 0),
    metric('unique_clicks', 'Unique clicks', 'count', 0),
    metric('bots', 'Bots', 'count', 0),
    metric('conversions', 'Conversions', 'count', 0),
    metric('cr', 'CR', 'percent', 2, 'conversions ÷ clicks × 100'),
    metric('revenue', 'Revenue', 'money', 2),
    metric('cost', 'Cost', 'money', 2),
    metric('profit', 'Profit', 'money', 2, 'revenue − cost'),
    metric('roi', 'ROI', 'percent', 2, '(revenue − cost) ÷ cost × 100'),
    metric('epc', 'EPC', 'money', 4, 'revenue ÷ clicks'),
    metric('cpc', 'CPC', 'money', 4, 'cost ÷ clicks'),
  ],
  default_metrics: ['clicks', 'unique_clicks', 'conversions', 'cr', 'epc', 'cpc', 'revenue', 'cost', 'profit', 'roi'],
};

/** As the server answers. */
export const VOCABULARY = vocabulary as Vocabulary;

const field = (key: string, entity: string | null = null, values: string[] = []): LogFieldInfo => ({
  key,
  value_type: entity ? 'entity' : 'text',
  entity,
  values,
  operators: ['equals', 'not_equals', 'is_set', 'is_not_set'],
});

const SHARED = [field('campaign', 'campaigns'), field('source', 'sources'), field('click_id')];

export const LOG_METADATA: LogMetadata = {
  clicks: [
    ...SHARED,
    field('outcome', null, ['routed', 'no_stream', 'not_found']),
    field('country'),
    field('sub_id_1'),
  ],
  landing_clicks: [...SHARED, field('country'), field('on_landing_ms'), field('click_id')],
  conversions: [...SHARED, field('status', null, ['lead', 'sale', 'rejected']), field('conversion_id')],
  postbacks: [
    field('network', 'networks'),
    field('verdict', null, ['accepted', 'refused', 'orphan']),
    field('click_id'),
  ],
  deliveries: [...SHARED, field('output', 'outputs'), field('outcome', null, ['delivered', 'retry', 'dead'])],
  dead_letters: [field('reason'), field('stream', null, ['clicks', 'postbacks', 'facts']), field('journal')],
};
