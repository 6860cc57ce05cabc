import type { DimensionInfo } from '@/api/types';
import type { Words } from '@/lib/conditions';
import { dimensionText } from '@/lib/dimension-text';
import type { PickOption } from '../ui/option-list';
import type { ConditionSource } from './condition-editor';
import { fieldsOfDimensions } from './values-editor';

/** Dimensions as what conditions can ask about, and how they and their values are called. */
export function conditionSource(
  dimensions: readonly DimensionInfo[],
  options: Readonly<Record<string, readonly PickOption[]>>,
): { source: ConditionSource; words: Words } {
  const words: Words = {
    title: key => dimensions.find(dimension => dimension.key === key)?.title ?? key,
    value: (key, value) =>
      options[key]?.find(option => option.value === value)?.label ?? dimensionText(key, { id: value, name: value }),
  };
  return { source: { fields: fieldsOfDimensions(dimensions), options }, words };
}

/** The dimensions whose values are worth asking for: those that conditions are about. */
export function dimensionsOf(dimensions: readonly DimensionInfo[], fields: readonly string[]): DimensionInfo[] {
  return dimensions.filter(dimension => fields.includes(dimension.key));
}
