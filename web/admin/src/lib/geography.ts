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

/** Codes that were replaced (DD by DE, iw by he) still have a name; they are not offered. */
function isCurrent(type: 'region' | 'language', code: string): boolean {
  const tag = type === 'region' ? `und-${code}` : code;
  return Intl.getCanonicalLocales(tag)[0] === tag;
}

function named(type: 'region' | 'language', codes: string[]): CodeOption[] {
  const names = new Intl.DisplayNames('en', { type, fallback: 'none' });
  return codes
    .flatMap(code => {
      const label = names.of(code);
      return label && label.toLowerCase() !== code.toLowerCase() && isCurrent(type, code)
        ? [{ value: code, label, hint: code }]
        : [];
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
