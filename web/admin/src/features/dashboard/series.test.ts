import type { Report } from '@/api/types';
import { expect, it } from 'vitest';
import { keyOf, pointsOf, slotsBetween } from './series';

const HOUR = 3_600_000;

it('names every day and hour of a range in its timezone', () => {
  const from = Date.parse('2026-03-13T23:00:00Z');
  const days = slotsBetween(from, from + 48 * HOUR, 'Europe/Berlin', 'day', from);
  expect(days?.map(slot => slot.key)).toEqual(['2026-03-14', '2026-03-15']);
  const hours = slotsBetween(from, from + 3 * HOUR, 'Europe/Berlin', 'hour', from + HOUR);
  expect(hours?.map(slot => slot.label)).toEqual(['2026-03-14 00:00', '2026-03-14 01:00', '2026-03-14 02:00']);
  expect(hours?.map(slot => slot.future)).toEqual([false, false, true]);
});

it('has 23 hours when the clocks go forward and tells the two alike hours apart when they go back', () => {
  const spring = Date.parse('2026-03-28T23:00:00Z');
  expect(slotsBetween(spring, spring + 23 * HOUR, 'Europe/Berlin', 'hour', spring)).toHaveLength(23);
  const autumn = Date.parse('2026-10-24T22:00:00Z');
  const slots = slotsBetween(autumn, autumn + 25 * HOUR, 'Europe/Berlin', 'hour', autumn) ?? [];
  expect(slots.filter(slot => slot.label === '2026-10-25 02:00')).toHaveLength(2);
  expect(new Set(slots.map(slot => slot.key)).size).toBe(25);
  expect(slots[2]?.key).toBe(keyOf('2026-10-25T02:00:00+02:00', 'hour'));
  expect(slots[3]?.key).toBe(keyOf('2026-10-25T02:00:00+01:00', 'hour'));
});

it('does not draw more than can be seen, or a range without a beginning', () => {
  expect(slotsBetween(0, Date.parse('2026-01-01T00:00:00Z'), 'UTC', 'hour', 0)).toBeNull();
  expect(slotsBetween(Number.NaN, 5, 'UTC', 'day', 0)).toBeNull();
});

it('fills empty hours with zero and leaves those to come empty', () => {
  const metric = { key: 'clicks', kind: 'metric' as const, title: 'Clicks', value_type: 'count' as const, decimals: 0 };
  const rate = { ...metric, key: 'cr', value_type: 'percent' as const };
  const report: Report = {
    from: '2026-03-14T00:00:00Z',
    to: '2026-03-14T04:00:00Z',
    timezone: 'UTC',
    currency: 'USD',
    basis: 'click',
    bots: 'exclude',
    columns: [metric, rate],
    rows: [
      {
        keys: { hour: { id: '2026-03-14T01:00:00+00:00', name: '' } },
        metrics: { clicks: 7, cr: '1.5' },
        compare: null,
      },
    ],
    totals: { metrics: {}, compare: null },
    total_rows: 1,
    took_ms: 1,
  };
  const points = pointsOf(report, 'hour', ['clicks', 'cr'], Date.parse('2026-03-14T02:30:00Z'));
  expect(points.map(point => point.values.clicks)).toEqual([0, 7, 0, null]);
  expect(points.map(point => point.values.cr)).toEqual([null, '1.5', null, null]);
  expect(points.map(point => point.tick)).toEqual(['00:00', '01:00', '02:00', '03:00']);
});
