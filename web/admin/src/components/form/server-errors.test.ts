import { ApiError } from '@/api/errors';
import { describe, expect, it } from 'vitest';
import { problemsAt } from './problems';
import { formPath, placeErrors } from './server-errors';

const invalid = (...fields: [string, string][]) =>
  new ApiError(422, {
    code: 'invalid',
    detail: 'is invalid',
    errors: fields.map(([field, reason]) => ({ field, reason })),
  });

describe('placing server errors', () => {
  const values = { name: '', parameters: [{ role: 'cost' }] };

  it('puts them on fields that the form has', () => {
    expect(
      placeErrors(invalid(['name', 'must not be empty'], ['parameters[0].role', 'is mapped twice']), values),
    ).toEqual({
      fields: [
        { path: 'name', message: 'Must not be empty' },
        { path: 'parameters.0.role', message: 'Is mapped twice' },
      ],
      rest: null,
      claimed: false,
    });
  });

  it('puts one of a group on the field whose text is quoted, and says it above the form when there is none', () => {
    const costs = { cost: { model: 'cpc', amount: ' 0,05', percent: '' } };
    expect(placeErrors(invalid(['cost', '"0,05" is not a decimal number such as 12.50']), costs)).toEqual({
      fields: [{ path: 'cost.amount', message: '"0,05" is not a decimal number such as 12.50' }],
      rest: null,
      claimed: false,
    });
    const whole = placeErrors(invalid(['cost', 'needs a model']), costs);
    expect(whole.rest).toBe('cost: needs a model');
    expect(placeErrors(invalid(['owner', 'is unknown']), { owner: null }).rest).toBeNull();
  });

  it('tells the rest in words', () => {
    expect(placeErrors(invalid(['slug', 'is taken']), values).rest).toBe('slug: is taken');
    expect(placeErrors(new Error('boom'), values).rest).toBe('boom');
    expect(placeErrors(new TypeError('Failed to fetch'), values).rest).toMatch(/cannot be reached/);
  });

  it('says that somebody else was faster', () => {
    const stale = new ApiError(409, { code: 'version_mismatch', detail: 'Somebody changed it.' });
    expect(placeErrors(stale, values).rest).toBe('Somebody changed it.');
  });

  it('leaves fields to a part of the form that claims them', () => {
    const placed = placeErrors(invalid(['streams[0].routes', 'needs one']), values, path => path.startsWith('streams'));
    expect(placed).toEqual({ fields: [], rest: null, claimed: true });
  });

  it('translates paths', () => {
    expect(formPath('streams[0].rules.all[12].test.values[3]')).toBe('streams.0.rules.all.12.test.values.3');
  });
});

it('finds problems by path, deep or exact', () => {
  const problems = [
    { field: 'streams[1].rules.all[0].test.values[0]', reason: 'a' },
    { field: 'streams[1].routes', reason: 'b' },
    { field: 'streams[10].routes', reason: 'c' },
  ];
  expect(problemsAt(problems, 'streams[1]', true)).toEqual(['a', 'b']);
  expect(problemsAt(problems, 'streams[1].routes')).toEqual(['b']);
  expect(problemsAt(problems, 'streams[1].rules.all[0].test', true)).toEqual(['a']);
});
