/** How the palette orders what fits a query: names before words of other trackers, beginnings before middles. */

export interface Entry {
  id: string;
  label: string;
  kind: string;
  /** Further words that find it. */
  words: string;
}

function score(entry: Entry, query: string): number {
  const label = entry.label.toLowerCase();
  if (label === query) return 100;
  if (label.startsWith(query)) return 80;
  if (label.split(/[\s–-]+/).some(word => word.startsWith(query))) return 60;
  const words = entry.words.toLowerCase().split(/\s+/);
  if (words.includes(query)) return 50;
  if (words.some(word => word.startsWith(query))) return 40;
  if (label.includes(query)) return 30;
  const parts = query.split(/\s+/);
  const text = `${label} ${entry.words.toLowerCase()}`;
  return parts.length > 1 && parts.every(part => text.includes(part)) ? 20 : 0;
}

export function rank<T extends Entry>(entries: readonly T[], query: string): T[] {
  const needle = query.trim().toLowerCase();
  if (!needle) return entries.filter(entry => entry.kind === 'Page' || entry.kind === 'Action');
  return entries
    .map((entry, index) => ({ entry, index, points: score(entry, needle) }))
    .filter(item => item.points > 0)
    .toSorted((a, b) => b.points - a.points || a.index - b.index)
    .map(item => item.entry);
}
