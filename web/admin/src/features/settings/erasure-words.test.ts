import { describe, expect, it } from 'vitest';
import { countsInWords, isNothing } from './erasure-words';

describe('erasures in words', () => {
  it('counts in plain words', () => {
    const counts = { clicks: 1_200, conversions: 1, postbacks: 2, deliveries: 1 };
    expect(countsInWords(counts)).toBe('1,200 clicks, 1 conversion, 2 postbacks, 1 delivery');
  });

  it('knows when there is nothing to erase', () => {
    const none = { clicks: 0, conversions: 0, postbacks: 0, deliveries: 0 };
    expect(isNothing(none)).toBe(true);
    expect(isNothing({ ...none, postbacks: 1 })).toBe(false);
  });
});
