import { campaignsQuery } from '@/api/campaigns';
import { destinationsQuery } from '@/api/destinations';
import { networksQuery } from '@/api/networks';
import { sourcesQuery } from '@/api/sources';
import type { CostCorrection, DimensionInfo } from '@/api/types';
import { conditionsOf, fieldsOf } from '@/lib/conditions';
import { useQuery } from '@tanstack/react-query';

interface Named {
  id: string;
  name: string;
}

/** Names of the objects that filters of corrections name by id; only the lists that are needed are asked for. */
export function useNames(
  dimensions: readonly DimensionInfo[],
  rows: readonly CostCorrection[],
): (field: string, id: string) => string | undefined {
  const fields = new Set(rows.flatMap(row => fieldsOf(conditionsOf(row.filters))));
  const needs = (entity: string) => dimensions.some(it => it.entity === entity && fields.has(it.key));
  const lists: Record<string, readonly Named[] | undefined> = {
    campaigns: useQuery({ ...campaignsQuery('all'), enabled: needs('campaigns') }).data,
    destinations: useQuery({ ...destinationsQuery, enabled: needs('destinations') }).data,
    sources: useQuery({ ...sourcesQuery, enabled: needs('sources') }).data,
    networks: useQuery({ ...networksQuery, enabled: needs('networks') }).data,
  };
  return (field, id) => {
    const entity = dimensions.find(dimension => dimension.key === field)?.entity;
    return entity ? lists[entity]?.find(item => item.id === id)?.name : undefined;
  };
}
