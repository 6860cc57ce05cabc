/** Statuses of conversions as the workspace calls them: the built-in ones and the types of its own. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { vocabularyQuery } from './instance';
import { useWorkspace } from './session';
import type { ConversionStatus, ConversionType } from './types';
import { workspaceQuery } from './workspaces';

export interface StatusOption {
  value: ConversionStatus;
  label: string;
}

const NO_TYPES: readonly ConversionType[] = [];

/** Types of the workspace's own; none as long as they are not known. */
export function useOwnTypes(): readonly ConversionType[] {
  const { data } = useQuery(workspaceQuery(useWorkspace().id));
  return data?.conversion_types ?? NO_TYPES;
}

/** What the workspace calls types of its own, by their status. */
export function useOwnNames(): Map<string, string> {
  return new Map(useOwnTypes().flatMap(type => (type.name ? [[type.status, type.name]] : [])));
}

/** Whether a status is a type that workspaces name themselves. */
export const isCustom = (status: string) => /^custom\d+$/.test(status);

/** Every status that this workspace has. */
export function useStatuses(): StatusOption[] {
  const { data: vocabulary } = useSuspenseQuery(vocabularyQuery);
  const own = useOwnTypes().filter(type => isCustom(type.status));
  return [
    ...vocabulary.conversion_statuses.map(({ name, title }) => ({ value: name as ConversionStatus, label: title })),
    ...own.map(type => ({ value: type.status, label: type.name ?? type.status })),
  ];
}
