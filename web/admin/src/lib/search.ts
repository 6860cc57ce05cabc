/**
 * Search parameters in the URL are plain texts, so that links stay readable and can be typed: `?range=last_7_days&by=country,os`.
 * Empty values are left out.
 */

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    params.set(key, value === true ? '1' : String(value));
  }
  // Commas, colons and the like are harmless in a query and much easier to read unescaped.
  const query = params
    .toString()
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%7E', '~')
    .replaceAll('%3B', ';')
    .replaceAll('%28', '(')
    .replaceAll('%29', ')');
  return query ? `?${query}` : '';
}

/** A list in one parameter, comma-separated. */
export function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}
