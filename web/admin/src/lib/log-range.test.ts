import { expect, it } from 'vitest';
import { isLogRange, logRangeBounds, logRangeLabel } from './log-range';
import { logParams } from './params';

it('a range is a while that ends now, or days that the server resolves', () => {
  const now = Date.parse('2026-05-20T12:00:00Z');
  expect(logRangeBounds('1h', now)).toEqual({ from: '2026-05-20T11:00:00.000Z' });
  expect(logRangeBounds('7d', now)).toEqual({ from: '2026-05-13T12:00:00.000Z' });
  expect(logRangeBounds('all', now)).toEqual({ from: '2020-01-01T00:00:00Z' });
  expect(logRangeBounds('2026-05-01..2026-05-03', now)).toEqual({ from: '2026-05-01', to: '2026-05-03' });
  expect(logRangeLabel('24h')).toBe('Last 24 hours');
  expect(logRangeLabel('2026-05-01..2026-05-01')).toBe('1 May 2026');
});

it('a broken range in a link falls back', () => {
  for (const text of ['', 'today', '2026-05-01..', '2026-13-01..2026-13-02']) {
    expect(isLogRange(text)).toBe(false);
    expect(logParams.parse({ range: text }).range).toBe('24h');
  }
  expect(logParams.parse({ range: '2026-05-01..2026-05-03' }).range).toBe('2026-05-01..2026-05-03');
});
