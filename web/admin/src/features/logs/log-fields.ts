/** What a log can be filtered by: the server's list, with titles for people and the values that are offered. */
import { campaignsQuery } from '@/api/campaigns';
import { destinationsQuery } from '@/api/destinations';
import { domainsQuery } from '@/api/domains';
import { networksQuery } from '@/api/networks';
import { outputsQuery } from '@/api/outputs';
import { sourcesQuery } from '@/api/sources';
import { isCustom, useOwnNames } from '@/api/statuses';
import type { LogFieldInfo } from '@/api/types';
import type { ConditionSource } from '@/components/conditions/condition-editor';
import type { FilterField } from '@/components/conditions/values-editor';
import type { PickOption } from '@/components/ui/option-list';
import type { Words } from '@/lib/conditions';
import { countries } from '@/lib/geography';
import { useQuery } from '@tanstack/react-query';

const TITLES: Record<string, string> = {
  ip: 'IP address',
  os: 'Operating system',
  os_version: 'OS version',
  isp: 'Provider',
  asn: 'AS number',
  http_status: 'HTTP status',
  url: 'URL',
  is_bot: 'Bot',
  source: 'Traffic source',
  output: 'Outgoing postback',
  duration_ms: 'Duration, ms',
  visitor_by_address: 'Visitor known by address',
  on_landing_ms: 'Time on the landing, ms',
  first: 'First of its click',
  went_on_at: 'Went on at',
  changed_at: 'Changed at',
  seq: 'Number in the journal',
  refused_by: 'Refused by table',
  code: 'Code',
  bytes: 'Length, bytes',
  unique_campaign: 'New to campaign',
  unique_stream: 'New to stream',
  unique_workspace: 'New to workspace',
};

/** `sub_id_3` → `Sub id 3`. */
export function fieldTitle(key: string): string {
  const words = key.replaceAll('_', ' ');
  return TITLES[key] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** What people filter by most, in this order; the rest follows as the server lists it. */
const FIRST = [
  'outcome',
  'verdict',
  'status',
  'campaign',
  'destination',
  'source',
  'network',
  'output',
  'reason',
  'stream',
  'record',
  'written',
  'country',
  'click_id',
  'conversion_id',
];

function filterFields(infos: readonly LogFieldInfo[]): FilterField[] {
  const rank = (key: string) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  return infos
    .toSorted((a, b) => rank(a.key) - rank(b.key))
    .map(({ key, operators, entity, values, value_type }) => ({
      key,
      moment: value_type === 'time' && key.endsWith('_at'),
      title: fieldTitle(key),
      operators,
      free: !isListed(entity) && values.length === 0,
    }));
}

const LISTED = ['campaigns', 'streams', 'destinations', 'sources', 'networks', 'outputs', 'domains'] as const;

type Listed = (typeof LISTED)[number];

function isListed(entity: string | null): entity is Listed {
  return LISTED.some(kind => kind === entity);
}

/** What conditions on a log can ask about, and how it is called. */
export function logSource(
  infos: readonly LogFieldInfo[],
  options: Readonly<Record<string, readonly PickOption[]>>,
): { source: ConditionSource; words: Words } {
  const value = (key: string, id: string) => options[key]?.find(option => option.value === id)?.label ?? id;
  return { source: { fields: filterFields(infos), options }, words: { title: fieldTitle, value } };
}

/** Values that are offered for fields; lists are asked for only when a field needs them. */
export function useLogOptions(infos: readonly LogFieldInfo[]): Record<string, readonly PickOption[]> {
  const wants = (kind: Listed) => ({ enabled: infos.some(info => info.entity === kind) });
  const campaigns = useQuery({
    ...campaignsQuery('all'),
    enabled: wants('campaigns').enabled || wants('streams').enabled,
  });
  const destinations = useQuery({ ...destinationsQuery, ...wants('destinations') });
  const sources = useQuery({ ...sourcesQuery, ...wants('sources') });
  const networks = useQuery({ ...networksQuery, ...wants('networks') });
  const outputs = useQuery({ ...outputsQuery, ...wants('outputs') });
  const domains = useQuery({ ...domainsQuery, ...wants('domains') });
  const lists: Record<Listed, readonly { id: string; name: string }[] | undefined> = {
    campaigns: campaigns.data,
    // Streams of different campaigns have the same names.
    streams: campaigns.data?.flatMap(({ name, streams }) =>
      streams.map(stream => ({ id: stream.id, name: `${name} / ${stream.name}` })),
    ),
    destinations: destinations.data,
    sources: sources.data,
    networks: networks.data,
    outputs: outputs.data,
    domains: domains.data?.map(domain => ({ id: domain.id, name: domain.host })),
  };
  const own = useOwnNames();
  const optionsOf = ({ key, entity, values }: LogFieldInfo): readonly PickOption[] => {
    if (key === 'country') return countries();
    if (isListed(entity)) return (lists[entity] ?? []).map(item => ({ value: item.id, label: item.name }));
    const known = values.filter(value => !isCustom(value) || own.has(value));
    return known.map(value => ({ value, label: own.get(value) || value.replaceAll('_', ' ') }));
  };
  return Object.fromEntries(infos.map(info => [info.key, optionsOf(info)]));
}
