/** Currencies offered first in pickers; any other ISO 4217 code can be typed. */
const COMMON = [
  'USD',
  'EUR',
  'GBP',
  'UAH',
  'PLN',
  'BRL',
  'INR',
  'TRY',
  'AUD',
  'CAD',
  'CHF',
  'JPY',
  'MXN',
  'ZAR',
  'THB',
  'VND',
];

let names: Intl.DisplayNames | undefined;

export function currencyName(code: string): string {
  names ??= new Intl.DisplayNames('en', { type: 'currency' });
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export interface CurrencyOption {
  value: string;
  label: string;
  hint: string;
}

export function currencyOptions(): CurrencyOption[] {
  const all = Intl.supportedValuesOf('currency').filter(code => !COMMON.includes(code));
  return [...COMMON, ...all].map(code => ({ value: code, label: code, hint: currencyName(code) }));
}
