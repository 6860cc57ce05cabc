/** Names of countries and languages from the browser's own data: nothing to ship, nothing to keep current. */

export interface CodeOption {
  value: string;
  label: string;
  hint: string;
}

/** Codes that name no country. */
const NOT_COUNTRIES = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ', 'AC', 'CP', 'CQ', 'DG', 'EA', 'IC', 'TA']);

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

let countryList: CodeOption[] | undefined;
let languageList: CodeOption[] | undefined;

function named(type: 'region' | 'language', codes: string[]): CodeOption[] {
  const names = new Intl.DisplayNames('en', { type, fallback: 'none' });
  return codes
    .flatMap(code => {
      const label = names.of(code);
      return label && label.toLowerCase() !== code.toLowerCase() ? [{ value: code, label, hint: code }] : [];
    })
    .toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
}

export function countries(): CodeOption[] {
  countryList ??= named(
    'region',
    LETTERS.flatMap(a => LETTERS.map(b => a + b)).filter(code => !NOT_COUNTRIES.has(code)),
  );
  return countryList;
}

export function languages(): CodeOption[] {
  languageList ??= named(
    'language',
    LETTERS.flatMap(a => LETTERS.map(b => (a + b).toLowerCase())),
  );
  return languageList;
}

export function countryName(code: string): string {
  return countries().find(country => country.value === code)?.label ?? code;
}
