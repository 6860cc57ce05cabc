/** A name for queries made of a title: `Net profit, %` → `net_profit`. */
export function keyOf(title: string): string {
  return title
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);
}

/** The three parts of a formula around a mistake. Positions count characters from 1, as the server does. */
export function aroundMistake(formula: string, position: number): { before: string; at: string; after: string } {
  const characters = [...formula];
  const index = Math.min(Math.max(position - 1, 0), characters.length);
  // A word is marked as a whole: `clickz` is wrong, not its first letter.
  let end = index;
  while (end < characters.length && /[\w.]/.test(characters[end] ?? '')) end += 1;
  if (end === index && end < characters.length) end += 1;
  return {
    before: characters.slice(0, index).join(''),
    at: characters.slice(index, end).join(''),
    after: characters.slice(end).join(''),
  };
}
