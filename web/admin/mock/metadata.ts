/** What the mock server can report on: enough to look at the pages, not the product's own list. */
import type {
  DimensionInfo,
  LogFieldInfo,
  LogMetadata,
  MetricInfo,
  ReportMetadata,
  Vocabulary,
} from '../src/api/types.ts';

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

const WORD = ['in', 'not_in', 'exists', 'empty'] as const;
const WORDS = ['in', 'not_in', 'contains', 'not_contains', 'starts_with', 'ends_with', 'exists', 'empty'] as const;

export const VOCABULARY: Vocabulary = {
  criteria: [
    { name: 'country', title: 'Country', group: 'geo', operators: [...WORD], values: [], example: 'DE' },
    {
      name: 'continent',
      title: 'Continent',
      group: 'geo',
      operators: [...WORD],
      values: ['AF', 'AS', 'EU', 'NA', 'OC', 'SA'],
      example: 'EU',
    },
    { name: 'city', title: 'City', group: 'geo', operators: [...WORDS], values: [], example: 'Munich' },
    { name: 'language', title: 'Language', group: 'visitor', operators: [...WORDS], values: [], example: 'de' },
    {
      name: 'device_type',
      title: 'Device type',
      group: 'device',
      operators: [...WORD],
      values: ['desktop', 'mobile', 'tablet', 'tv'],
      example: 'mobile',
    },
    { name: 'os', title: 'Operating system', group: 'device', operators: [...WORDS], values: [], example: 'Android' },
    {
      name: 'os_version',
      title: 'OS version',
      group: 'device',
      operators: ['at_least', 'at_most', ...WORDS],
      values: [],
      example: '14',
    },
    { name: 'bot', title: 'Bot', group: 'visitor', operators: ['in'], values: ['true', 'false'], example: 'true' },
    {
      name: 'time_of_day',
      title: 'Time of day',
      group: 'time',
      operators: ['between', 'not_between'],
      values: [],
      example: '22:00-06:00',
    },
    {
      name: 'weekday',
      title: 'Weekday',
      group: 'time',
      operators: ['in', 'not_in'],
      values: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      example: 'mon',
    },
    {
      name: 'date',
      title: 'Date',
      group: 'time',
      operators: ['between', 'not_between'],
      values: [],
      example: '2026-12-01..2026-12-24',
    },
    {
      name: 'query.',
      title: 'Query parameter',
      group: 'source',
      operators: [...WORDS],
      values: [],
      example: 'utm_source',
    },
    { name: 'sub_id.', title: 'Sub id', group: 'source', operators: [...WORDS], values: [], example: 'zone-17' },
  ],
  parameter_roles: [
    { name: 'external_id', title: 'External click id' },
    { name: 'cost', title: 'Cost' },
    { name: 'keyword', title: 'Keyword' },
    { name: 'ad_campaign_id', title: 'Ad campaign id' },
    { name: 'creative_id', title: 'Creative id' },
    { name: 'site', title: 'Site' },
    ...Array.from({ length: 30 }, (_, index) => ({ name: `sub_id_${index + 1}`, title: `Sub id ${index + 1}` })),
  ],
  conversion_statuses: ['lead', 'sale', 'rejected', 'trash', 'rebill', 'registration', 'deposit'].map(name => ({
    name,
    title: name.charAt(0).toUpperCase() + name.slice(1),
  })),
  macros: [
    { name: '{click_id}', description: 'The click: what networks send back as sub id' },
    { name: '{external_id}', description: 'The source’s own click id' },
    { name: '{country}', description: 'Country code' },
    { name: '{payout}', description: 'Payout of the conversion' },
    { name: '{sub_id_1}', description: 'A sub id, 1 to 30' },
  ],
  timezones: ['UTC', 'Europe/Berlin'],
};

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
  conversions: [...SHARED, field('status', null, ['lead', 'sale', 'rejected']), field('conversion_id')],
  postbacks: [
    field('network', 'networks'),
    field('verdict', null, ['accepted', 'refused', 'orphan']),
    field('click_id'),
  ],
  deliveries: [...SHARED, field('output', 'outputs'), field('outcome', null, ['delivered', 'retry', 'dead'])],
};
