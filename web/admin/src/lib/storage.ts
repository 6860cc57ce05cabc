/** Small things this browser remembers. A browser that refuses storage is no error. */

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`signalbox.${key}`);
    else localStorage.setItem(`signalbox.${key}`, value);
  } catch {
    // Nothing to do: the choice lasts until the page is closed.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`signalbox.${key}`);
  } catch {
    return null;
  }
}
