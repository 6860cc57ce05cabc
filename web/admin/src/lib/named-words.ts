/** Conditions in words where what they name by id or by a word of the workspace's own is known: names of objects and of types of conversions. Pure. */
import type { DimensionInfo } from '@/api/types';
import type { Words } from './conditions';
import { dimensionText } from './dimension-text';

export interface Named {
  id: string;
  name: string;
}

export function namedWords(
  dimensions: readonly DimensionInfo[],
  /** Objects by collection; a list that has not come yet is missing. */
  objects: Readonly<Record<string, readonly Named[] | undefined>>,
  /** What the workspace calls types of conversions, by status. */
  types: ReadonlyMap<string, string>,
): Words {
  const infoOf = (key: string) => dimensions.find(dimension => dimension.key === key);
  return {
    title: key => infoOf(key)?.title ?? key,
    value: (key, value) => {
      const info = infoOf(key);
      const object = info?.entity ? objects[info.entity]?.find(item => item.id === value) : undefined;
      if (object) return object.name;
      const type = key === 'conversion_status' ? types.get(value) : undefined;
      if (type) return type;
      // One of few words: as it is offered to choose from.
      const text = info && info.values.length > 0 ? value.replaceAll('_', ' ') : value;
      return dimensionText(key, { id: value, name: text });
    },
  };
}
