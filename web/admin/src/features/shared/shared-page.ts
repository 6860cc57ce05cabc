/** Rows of a shared report that are shown at one time. */
export const PAGE_SIZE = 100;

/** The name of a grouping that no answer has named yet: `device_type` → `Device type`. */
export function plainTitle(key: string): string {
  const words = key.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
