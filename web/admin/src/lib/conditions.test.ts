import { describe, expect, it } from 'vitest';
import {
  type Condition,
  conditionsBody,
  conditionsOf,
  conditionWords,
  fieldsOf,
  keepFilters,
  parseConditions,
  writeConditions,
} from './conditions';
import { isComplete, keepValues } from './filters';

const filter = (field: string, ...values: string[]): Condition => ({ field, op: 'equals', values });
const words = { title: (field: string) => field.toUpperCase(), value: (_: string, value: string) => `“${value}”` };

describe('conditions in a URL', () => {
  it('are read as they were written, whatever the values hold', () => {
    const conditions: Condition[] = [
      filter('country', 'DE', 'A;T', 'x~(y)'),
      {
        join: 'any',
        of: [filter('os', '100%'), { join: 'none', of: [{ field: 'browser', op: 'is_set', values: [] }] }],
      },
    ];
    const text = writeConditions(conditions);
    expect(text).toBe('country~equals~DE~A%3BT~x%7E%28y%29;any(os~equals~100%25;none(browser~is_set))');
    expect(parseConditions(text)).toEqual(conditions);
  });

  it('leave out what is broken and keep the rest', () => {
    expect(parseConditions('country~equals~DE;any(os~equals~iOS')).toEqual([filter('country', 'DE')]);
    expect(parseConditions('some(os~equals~iOS);;country~equals~DE)')).toEqual([filter('country', 'DE)')]);
    expect(parseConditions('any(any(any(any(any(any(os~is_set))))))')).toEqual([
      {
        join: 'any',
        of: [{ join: 'any', of: [{ join: 'any', of: [{ join: 'any', of: [{ join: 'any', of: [] }] }] }] }],
      },
    ]);
    expect(parseConditions(undefined)).toEqual([]);
  });
});

describe('conditions for the server', () => {
  it('lose filters without a value and groups without a filter', () => {
    const conditions: Condition[] = [
      filter('country'),
      { join: 'any', of: [filter('os'), { join: 'all', of: [] }] },
      { join: 'none', of: [filter('browser', 'Chrome', '')] },
    ];
    expect(conditionsBody(conditions)).toEqual([{ none: [{ field: 'browser', op: 'equals', values: ['Chrome'] }] }]);
  });

  it('come back as they went', () => {
    const conditions: Condition[] = [filter('a', '1'), { join: 'all', of: [{ join: 'any', of: [filter('b', '2')] }] }];
    expect(conditionsOf(conditionsBody(conditions))).toEqual(conditions);
  });

  it('need both ends of a range', () => {
    const between = (...values: string[]) => isComplete({ field: 'asn', op: 'between', values });
    expect([between('1'), between('1', ''), between('1', '2')]).toEqual([false, false, true]);
    expect(keepValues(['1', '2', '3'], 'between')).toEqual(['1', '2']);
    expect(keepValues(['1', '2'], 'at_least')).toEqual(['1']);
    expect(keepValues(['1'], 'is_set')).toEqual([]);
  });
});

describe('conditions in words', () => {
  it('say who joins what', () => {
    const group: Condition = {
      join: 'any',
      of: [filter('os', 'iOS'), { join: 'none', of: [filter('country', 'DE', 'AT'), filter('city')] }],
    };
    expect(conditionWords(group, words)).toBe('OS is “iOS” or (none of: COUNTRY is “DE”, “AT”, CITY is …)');
    expect(conditionWords({ join: 'all', of: [] }, words)).toBe('an empty group');
    expect(conditionWords({ field: 'asn', op: 'between', values: ['1', '9'] }, words)).toBe(
      'ASN is between “1” and “9”',
    );
    expect(conditionWords(filter('os', 'a', 'b', 'c', 'd'), words)).toBe('OS is “a”, “b”, “c” +1');
  });

  it('name every field once', () => {
    expect(fieldsOf([filter('a', '1'), { join: 'any', of: [filter('b'), filter('a')] }])).toEqual(['a', 'b']);
    expect(keepFilters([{ join: 'any', of: [filter('b')] }], () => false)).toEqual([]);
  });
});
