/** What each log can be filtered by, and where the values that are offered come from. */
import { campaignsQuery } from '@/api/campaigns';
import { destinationsQuery } from '@/api/destinations';
import { networksQuery } from '@/api/networks';
import { outputsQuery } from '@/api/outputs';
import { sourcesQuery } from '@/api/sources';
import type { FilterOp } from '@/api/types';
import type { FilterField } from '@/components/filter-bar';
import type { PickOption } from '@/components/ui/option-list';
import { countries } from '@/lib/geography';
import { useQuery } from '@tanstack/react-query';

type Entity = 'campaigns' | 'destinations' | 'sources' | 'networks' | 'outputs';

export interface LogField extends FilterField {
  values?: Entity | 'countries' | readonly string[];
}

const WORDS: FilterOp[] = ['equals', 'not_equals'];
const TEXTS: FilterOp[] = ['equals', 'not_equals', 'contains', 'begins_with', 'is_set', 'is_not_set'];

const word = (key: string, title: string, values: readonly string[]): LogField => ({
  key,
  title,
  values,
  operators: WORDS,
  free: false,
});
const text = (key: string, title: string): LogField => ({ key, title, operators: TEXTS, free: true });
const id = (key: string, title: string): LogField => ({ key, title, operators: ['equals'], free: true });
const entity = (key: string, title: string, values: Entity): LogField => ({
  key,
  title,
  values,
  operators: WORDS,
  free: false,
});

const ORIGIN: LogField[] = [
  entity('campaign', 'Campaign', 'campaigns'),
  entity('destination', 'Destination', 'destinations'),
  entity('source', 'Traffic source', 'sources'),
  entity('network', 'Network', 'networks'),
  { key: 'country', title: 'Country', values: 'countries', operators: WORDS, free: false },
  word('device_type', 'Device type', [
    'desktop',
    'mobile',
    'tablet',
    'tv',
    'console',
    'wearable',
    'bot',
    'other',
    'unknown',
  ]),
  text('os', 'Operating system'),
  text('browser', 'Browser'),
  text('external_id', 'External click id'),
  text('sub_id_1', 'Sub id 1'),
  text('sub_id_2', 'Sub id 2'),
  text('sub_id_3', 'Sub id 3'),
];

export const LOG_FIELDS = {
  clicks: [
    id('click_id', 'Click id'),
    word('outcome', 'Outcome', ['routed', 'no_stream', 'no_destination', 'campaign_paused', 'not_found']),
    { key: 'bot', title: 'Bot', operators: ['is_true', 'is_false'], free: false },
    text('ip', 'IP address'),
    ...ORIGIN,
  ],
  conversions: [
    id('conversion_id', 'Conversion id'),
    id('click_id', 'Click id'),
    word('status', 'Status', ['lead', 'sale', 'rejected', 'trash', 'rebill', 'registration', 'deposit']),
    text('transaction', 'Transaction id'),
    ...ORIGIN,
  ],
  postbacks: [
    word('verdict', 'Verdict', ['accepted', 'updated', 'duplicate', 'held', 'orphan', 'refused', 'received']),
    entity('network', 'Network', 'networks'),
    id('click_id', 'Click id'),
    id('conversion_id', 'Conversion id'),
    text('code', 'Reason code'),
  ],
  deliveries: [
    word('outcome', 'Outcome', ['delivered', 'retry', 'dead']),
    entity('output', 'Outgoing postback', 'outputs'),
    entity('campaign', 'Campaign', 'campaigns'),
    entity('source', 'Traffic source', 'sources'),
    id('click_id', 'Click id'),
    id('conversion_id', 'Conversion id'),
  ],
} satisfies Record<string, LogField[]>;

type Options = Record<string, readonly PickOption[]>;

/** Values that are offered for fields; lists are asked for only when a field needs them. */
export function useLogOptions(fields: readonly LogField[]): Options {
  const wants = (kind: Entity) => ({ enabled: fields.some(field => field.values === kind) });
  const campaigns = useQuery({ ...campaignsQuery('all'), ...wants('campaigns') });
  const destinations = useQuery({ ...destinationsQuery, ...wants('destinations') });
  const sources = useQuery({ ...sourcesQuery, ...wants('sources') });
  const networks = useQuery({ ...networksQuery, ...wants('networks') });
  const outputs = useQuery({ ...outputsQuery, ...wants('outputs') });
  const lists = { campaigns, destinations, sources, networks, outputs };
  const optionsOf = ({ values }: LogField): readonly PickOption[] => {
    if (values === undefined) return [];
    if (values === 'countries') return countries();
    if (typeof values !== 'string') return values.map(value => ({ value, label: value.replaceAll('_', ' ') }));
    return (lists[values].data ?? []).map(item => ({ value: item.id, label: item.name }));
  };
  return Object.fromEntries(fields.map(field => [field.key, optionsOf(field)]));
}
