import { expect, it } from 'vitest';
import { inputOf, valuesOf } from './retention-values';

it('reads days as they are typed; nothing is for ever, and nonsense never is', () => {
  const read = valuesOf({
    version: 2,
    clicks_days: 90,
    bots_days: null,
    conversions_days: null,
    postbacks_days: null,
    deliveries_days: null,
    dead_letters_days: null,
    last_run_at: null,
    last_deleted: {},
  });
  expect(read).toMatchObject({ clicks_days: '90', bots_days: '' });
  expect(inputOf({ ...read, bots_days: ' 7 ', postbacks_days: 'a week' }, 2)).toEqual({
    version: 2,
    clicks_days: 90,
    bots_days: 7,
    conversions_days: null,
    postbacks_days: 0,
    deliveries_days: null,
    dead_letters_days: null,
  });
});
