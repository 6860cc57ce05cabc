import { describe, expect, it } from 'vitest';
import { moved } from './chosen-columns';
import { aroundMistake, keyOf } from './metric-key';

it('makes a name for queries of a title', () => {
  expect(keyOf('  Net profit, % (á la carte) ')).toBe('net_profit_a_la_carte');
  expect(keyOf('—')).toBe('');
});

describe('the place of a mistake', () => {
  it('is a whole word', () => {
    expect(aroundMistake('revenue ÷ clickz × 2', 11)).toEqual({ before: 'revenue ÷ ', at: 'clickz', after: ' × 2' });
  });

  it('is a single sign, or the end', () => {
    expect(aroundMistake('1; DROP', 2)).toEqual({ before: '1', at: ';', after: ' DROP' });
    expect(aroundMistake('revenue +', 10)).toEqual({ before: 'revenue +', at: '', after: '' });
  });

  it('counts characters, not halves of them', () => {
    expect(aroundMistake('𝟙 + x', 5).at).toBe('x');
  });
});

it('moves an entry of a list', () => {
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
});
