import { expect, it } from 'vitest';
import { amountWords, spanWords, visitWords } from './cost-words';
import { costInput, newCost, requestName } from './cost-values';

it('says whole days by their names, in the timezone of the correction', () => {
  const timezone = 'Asia/Kolkata';
  expect(spanWords({ from: '2026-05-01T18:30:00Z', to: '2026-05-02T18:30:00Z', timezone })).toBe('2026-05-02');
  expect(spanWords({ from: '2026-05-01T18:30:00Z', to: '2026-05-04T18:30:00Z', timezone })).toBe(
    '2026-05-02 – 2026-05-04',
  );
  expect(spanWords({ from: '2026-05-01T18:45:00Z', to: '2026-05-01T19:30:00Z', timezone })).toBe(
    '2026-05-02 00:15 – 2026-05-02 01:00',
  );
});

it('says how an amount is meant', () => {
  expect(amountWords({ amount: '12.5', currency: 'USD', spread: 'total', mode: 'replace' })).toBe('$12.50 in total');
  expect(amountWords({ amount: '0.0125', currency: 'EUR', spread: 'per_click', mode: 'add' })).toBe(
    '€0.0125 a click, on top',
  );
  expect(visitWords({ bots: 'exclude', only_unique: true })).toBe('without bots, only unique');
});

it('asks for what the form says', () => {
  const workspace = { currency: 'USD', timezone: 'UTC' };
  const values = { ...newCost(workspace), amount: ' 12,50 ', filters: [{ join: 'any' as const, of: [] }] };
  expect(costInput(values, workspace)).toMatchObject({
    amount: '12.50',
    currency: 'USD',
    timezone: 'UTC',
    range: { token: 'yesterday' },
    filters: [],
    bots: 'exclude',
  });
  expect(requestName()).toMatch(/^[0-9a-f]{32}$/);
});
