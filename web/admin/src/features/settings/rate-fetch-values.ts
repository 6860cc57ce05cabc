import type { RateFetch, RateFetchInput } from '@/api/types';

export const SOURCES = [
  { value: 'off', label: 'Not fetched' },
  { value: 'ecb', label: 'European Central Bank' },
  { value: 'json', label: 'A JSON document' },
];

/** What the form edits; addresses are named as the server names them. */
export interface RateFetchValues {
  source: string;
  feed: { mirror: string; url: string; base: string; rates: string };
  currencies: string[];
  time: string;
}

export function valuesOf(fetch: RateFetch): RateFetchValues {
  const { feed } = fetch;
  const blank = { mirror: '', url: '', base: '/base', rates: '/rates' };
  return {
    source: fetch.active && feed ? feed.type : 'off',
    feed: feed ? { ...blank, ...feed } : blank,
    currencies: fetch.currencies,
    time: fetch.time,
  };
}

/** Switched off, the rest is kept for the next time. */
export function inputOf(values: RateFetchValues, opened: RateFetch): RateFetchInput {
  const active = values.source !== 'off';
  const type = active ? values.source : (opened.feed?.type ?? 'ecb');
  const text = (field: keyof RateFetchValues['feed']) => values.feed[field].trim();
  return {
    version: opened.version,
    active,
    feed:
      type === 'json'
        ? { type: 'json', url: text('url'), base: text('base'), rates: text('rates') }
        : { type: 'ecb', mirror: text('mirror') },
    currencies: values.currencies,
    time: values.time.trim(),
  };
}
