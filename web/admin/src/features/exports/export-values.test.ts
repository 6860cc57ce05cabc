import { describe, expect, it } from 'vitest';
import { inputOf, valuesOf, whenWords } from './export-values';

describe('scheduled exports in the form', () => {
  it('sends the days of its kind and a whole time', () => {
    const values = { ...valuesOf(null, 'Europe/Berlin'), name: ' Daily ', view_id: '0d3k5v8t2m9qa', time: '9:30' };
    expect(inputOf(values)).toEqual({
      name: 'Daily',
      active: true,
      view_id: '0d3k5v8t2m9qa',
      format: 'csv',
      days: { type: 'daily' },
      time: '09:30',
      timezone: 'Europe/Berlin',
      file_name: '{name} {date}',
      keep: 31,
    });
    expect(inputOf({ ...values, days: 'weekly', weekday: '7' }, 2)).toMatchObject({
      days: { type: 'weekly', weekday: 7 },
      version: 2,
    });
    expect(inputOf({ ...values, days: 'monthly', day: '31' }).days).toEqual({ type: 'monthly', day: 31 });
  });

  it('says when in words', () => {
    const time = { time: '06:00', timezone: 'UTC' };
    expect(whenWords({ ...time, days: { type: 'weekly', weekday: 1 } })).toBe('Every Monday, 06:00 (UTC)');
    expect(whenWords({ ...time, days: { type: 'monthly', day: 31 } })).toBe('Day 31 of each month, 06:00 (UTC)');
  });
});
