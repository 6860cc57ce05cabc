import { describe, expect, it } from 'vitest';
import { spanOf, sumsInWords } from './clearing-words';

describe('clearings in words', () => {
  it('says the range in the zone that was meant', () => {
    const span = { from: '2026-05-19T22:00:00Z', to: '2026-05-20T10:41:03Z', timezone: 'Europe/Berlin' };
    expect(spanOf(span)).toBe('2026-05-20 00:00 – 2026-05-20 12:41');
  });

  it('counts in plain words', () => {
    const sums = { clicks: 1, conversions: 2, revenue: '5', cost: '0' };
    expect(sumsInWords(sums, 'USD')).toBe('1 click, 2 conversions, $5.00 of revenue, $0.00 of cost');
  });
});
