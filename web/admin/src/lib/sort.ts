/** Sorting as it stands in a URL: `clicks.desc`. */

export interface Sort {
  key: string;
  dir: 'asc' | 'desc';
}

export function parseSort(text: string | undefined, fallback: Sort): Sort {
  const match = /^([\w.]+)\.(asc|desc)$/.exec(text ?? '');
  return match?.[1] ? { key: match[1], dir: match[2] === 'asc' ? 'asc' : 'desc' } : fallback;
}

export function writeSort(sort: Sort): string {
  return `${sort.key}.${sort.dir}`;
}

/** What a click on a column header means: the first click sorts numbers from the top, the next one turns around. */
export function nextSort(current: Sort, key: string, firstDir: Sort['dir']): Sort {
  if (current.key !== key) return { key, dir: firstDir };
  return { key, dir: current.dir === 'asc' ? 'desc' : 'asc' };
}
