import { countryName } from './geography';

interface Value {
  id: string;
  name: string;
}

const NONE = '(none)';

/** How a dimension's value is written: countries by name, nothing as "(none)". */
export function dimensionText(dimension: string, value: Value | undefined): string {
  if (!value || (value.id === '' && value.name === '')) return NONE;
  if (dimension === 'country' && /^[A-Z]{2}$/.test(value.id)) return countryName(value.id);
  return value.name || value.id;
}
