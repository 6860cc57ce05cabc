/** Light, dark, or as the system says. The class is set before the first paint by public/theme.js; here it is changed. */
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const KEY = 'signalbox.theme';
const listeners = new Set<() => void>();
const media = typeof window === 'undefined' ? null : window.matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return text === 'light' || text === 'dark' ? text : 'system';
  } catch {
    return 'system';
  }
}

let theme: Theme = typeof window === 'undefined' ? 'system' : stored();

function apply() {
  const dark = theme === 'dark' || (theme === 'system' && media?.matches === true);
  document.documentElement.classList.toggle('dark', dark);
}

media?.addEventListener('change', apply);

export function setTheme(next: Theme): void {
  theme = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing still gets the theme until the page is closed.
  }
  apply();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}
