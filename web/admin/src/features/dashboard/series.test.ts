import { expect, it } from 'vitest';
import { keysBetween, normaliseKey } from './series';

it('names every day and hour of a range in its timezone', () => {
  const from = Date.parse('2026-03-13T23:00:00Z');
  const to = Date.parse('2026-03-15T23:00:00Z');
  expect(keysBetween(from, to, 'Europe/Berlin', 'day')).toEqual(['2026-03-14', '2026-03-15']);
  expect(keysBetween(from, from + 3 * 3_600_000, 'Europe/Berlin', 'hour')).toEqual([
    '2026-03-14 00',
    '2026-03-14 01',
    '2026-03-14 02',
  ]);
});

it('has 23 hours on the day that the clocks go forward', () => {
  const from = Date.parse('2026-03-28T23:00:00Z');
  const keys = keysBetween(from, from + 23 * 3_600_000, 'Europe/Berlin', 'hour');
  expect(keys).toHaveLength(23);
  expect(keys).not.toContain('2026-03-29 02');
});

it('does not draw more than can be seen, or a range without a beginning', () => {
  expect(keysBetween(0, Date.parse('2026-01-01T00:00:00Z'), 'UTC', 'hour')).toBeNull();
  expect(keysBetween(Number.NaN, 5, 'UTC', 'day')).toBeNull();
});

it('reads keys however they are written', () => {
  expect(normaliseKey('2026-03-14T15:00:00', 'hour')).toBe('2026-03-14 15');
  expect(normaliseKey('2026-03-14 15:00', 'hour')).toBe('2026-03-14 15');
  expect(normaliseKey('2026-03-14', 'day')).toBe('2026-03-14');
  expect(normaliseKey('week 12', 'day')).toBe('week 12');
});
