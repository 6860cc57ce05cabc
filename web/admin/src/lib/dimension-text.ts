import { countryName } from './geography';

interface Value {
  id: string;
  name: string;
}

const NONE = '(none)';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** How a dimension's value is written: countries and weekdays by name, hours without their offset, nothing as "(none)". */
export function dimensionText(dimension: string, value: Value | undefined): string {
  if (!value || (value.id === '' && value.name === '')) return NONE;
  if (dimension === 'country' && /^[A-Z]{2}$/.test(value.id)) return countryName(value.id);
  if (dimension === 'weekday') return WEEKDAYS[Number(value.id) - 1] ?? value.id;
  if (dimension === 'hour') return value.id.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}).*$/, '$1 $2');
  if (dimension === 'hour_of_day') return `${value.id.padStart(2, '0')}:00`;
  if (value.id === 'true' || value.id === 'false') return value.id === 'true' ? 'yes' : 'no';
  return value.name || value.id;
}
