import type { RateFetch } from '@/api/types';
import { expect, it } from 'vitest';
import { inputOf, valuesOf } from './rate-fetch-values';

const fetched: RateFetch = {
  version: 3,
  active: true,
  feed: { type: 'json', url: 'https://rates.example.com/', base: 'USD', rates: '' },
  currencies: ['EUR'],
  time: '17:00',
  outcome: {
    succeeded_at: null,
    rates_of: null,
    changed: 0,
    refused: [],
    failures: 0,
    error: '',
    failed_at: null,
    next_try_at: null,
    wished: false,
  },
};

it('keeps what is set when nothing is fetched any more', () => {
  const values = valuesOf(fetched);
  expect(values).toMatchObject({ source: 'json', feed: { url: 'https://rates.example.com/', rates: '' } });
  expect(inputOf({ ...values, source: 'off' }, fetched)).toEqual({
    version: 3,
    active: false,
    feed: fetched.feed,
    currencies: ['EUR'],
    time: '17:00',
  });
});

it('begins with nothing fetched', () => {
  const nothing: RateFetch = { ...fetched, version: 0, active: false, feed: null, currencies: [] };
  const values = valuesOf(nothing);
  expect(values.source).toBe('off');
  expect(inputOf({ ...values, source: 'ecb', currencies: ['GBP'] }, nothing)).toMatchObject({
    version: 0,
    active: true,
    feed: { type: 'ecb', mirror: '' },
    currencies: ['GBP'],
  });
});
