/** Words for conditions in lists: only the names that are needed are asked for. */
import { type Condition, fieldsOf, type Words } from '@/lib/conditions';
import { namedWords } from '@/lib/named-words';
import { useQuery } from '@tanstack/react-query';
import { campaignsQuery } from './campaigns';
import { destinationsQuery } from './destinations';
import { networksQuery } from './networks';
import { sourcesQuery } from './sources';
import { useOwnNames } from './statuses';
import type { DimensionInfo } from './types';

export function useNamedWords(dimensions: readonly DimensionInfo[], conditions: readonly Condition[]): Words {
  const fields = new Set(fieldsOf(conditions));
  const needs = (entity: string) => dimensions.some(it => it.entity === entity && fields.has(it.key));
  const objects = {
    campaigns: useQuery({ ...campaignsQuery('all'), enabled: needs('campaigns') }).data,
    destinations: useQuery({ ...destinationsQuery, enabled: needs('destinations') }).data,
    sources: useQuery({ ...sourcesQuery, enabled: needs('sources') }).data,
    networks: useQuery({ ...networksQuery, enabled: needs('networks') }).data,
  };
  return namedWords(dimensions, objects, useOwnNames());
}
