import { describe, expect, it } from 'vitest';
import { compareDecimals, parseDecimal } from './decimal';
import {
  changePercent,
  DASH,
  formatChange,
  formatCount,
  formatExactMoney,
  formatMetric,
  formatMoney,
  formatPercent,
  formatSeconds,
  formatShare,
  toneOf,
} from './format';

describe('money', () => {
  it('rounds digits half away from zero and never goes through a float', () => {
    expect(formatMoney('1.005', 'USD')).toBe('$1.01');
    expect(formatMoney('-1.005', 'USD')).toBe('−$1.01');
    expect(formatMoney('0.615', 'USD')).toBe('$0.62');
    expect(formatMoney('9007199254740993.999', 'USD')).toBe('$9,007,199,254,740,994.00');
    expect(formatMoney('999999999999.994999999', 'EUR')).toBe('€999,999,999,999.99');
    expect(formatMoney('999.999', 'USD')).toBe('$1,000.00');
  });

  it('shows a missing amount as a dash and a real zero as zero', () => {
    expect(formatMoney(null, 'USD')).toBe(DASH);
    expect(formatMoney(undefined, 'USD')).toBe(DASH);
    expect(formatMoney('', 'USD')).toBe(DASH);
    expect(formatMoney('not a number', 'USD')).toBe(DASH);
    expect(formatMoney('0', 'USD')).toBe('$0.00');
    expect(formatMoney('-0.001', 'USD')).toBe('$0.00');
  });

  it('keeps all digits of a single payout, at least two', () => {
    expect(formatExactMoney('0.0125', 'USD')).toBe('$0.0125');
    expect(formatExactMoney('18.400000000', 'USD')).toBe('$18.40');
    expect(formatExactMoney('0.000000001', 'EUR')).toBe('€0.000000001');
  });

  it('writes unknown currencies by their code', () => {
    expect(formatMoney('12', 'SEK')).toBe('SEK\u00a012.00');
  });
});

describe('counts, percentages and the like', () => {
  it('groups thousands', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatCount(0)).toBe('0');
    expect(formatCount(null)).toBe(DASH);
    expect(formatCount(Number.NaN)).toBe(DASH);
  });

  it('takes percentages as they are', () => {
    expect(formatPercent('12.345')).toBe('12.35%');
    expect(formatPercent('-100')).toBe('−100.00%');
    expect(formatPercent(null)).toBe(DASH);
  });

  it('follows the style of a column', () => {
    expect(formatMetric('0.05721', { value_type: 'money', decimals: 4 }, 'USD')).toBe('$0.0572');
    expect(formatMetric('69.5812', { value_type: 'percent', decimals: 2 }, 'USD')).toBe('69.58%');
    expect(formatMetric(null, { value_type: 'percent', decimals: 2 }, 'USD')).toBe(DASH);
    expect(formatMetric('1.5', { value_type: 'decimal', decimals: 3 }, 'USD')).toBe('1.500');
  });

  it('writes durations in two units', () => {
    expect(formatSeconds(42)).toBe('42s');
    expect(formatSeconds('75.4')).toBe('1m 15s');
    expect(formatSeconds(90_061)).toBe('1d 1h');
  });

  it('writes shares of weights', () => {
    expect(formatShare(1, 3)).toBe('33%');
    expect(formatShare(1, 40)).toBe('2.5%');
    expect(formatShare(0, 3)).toBe('0%');
    expect(formatShare(1, 0)).toBe(DASH);
  });

  it('knows the sign of a text', () => {
    expect(toneOf('0.000000001')).toBe('positive');
    expect(toneOf('-0.01')).toBe('negative');
    expect(toneOf('-0.000')).toBe('neutral');
    expect(toneOf(null)).toBe('neutral');
  });

  it('compares periods only when there is something to compare with', () => {
    expect(changePercent('150', '100')).toBe(50);
    expect(changePercent('-50', '-100')).toBe(50);
    expect(changePercent('1', '0')).toBeNull();
    expect(changePercent(null, '1')).toBeNull();
    expect(formatChange(12.345)).toBe('+12.3%');
    expect(formatChange(-1234.5)).toBe('−1,235%');
  });
});

describe('decimals', () => {
  it('compares exactly', () => {
    const compare = (a: string, b: string) => {
      const [x, y] = [parseDecimal(a), parseDecimal(b)];
      return x && y ? compareDecimals(x, y) : Number.NaN;
    };
    expect(compare('10', '9.999999999')).toBeGreaterThan(0);
    expect(compare('-2', '-10')).toBeGreaterThan(0);
    expect(compare('0.10', '0.1')).toBe(0);
    expect(compare('123456789012345678.1', '123456789012345678.2')).toBeLessThan(0);
  });

  it('refuses what is no decimal', () => {
    for (const text of ['', '-', '1.', '.5', '1e5', '0x10', '1,000', 'NaN'])
      expect(parseDecimal(text), text).toBeNull();
  });
});
