import { describe, expect, it } from 'vitest';
import { parseConditions } from './conditions';
import { type Filter, writeFilters } from './filters';
import { dashboardParams, listParams, logParams, reportParams } from './params';
import { customRange, isRange, isSingleDay, rangeLabel } from './range';
import { parseSearch, splitList, stringifySearch } from './search';
import { nextSort, parseSort, writeSort } from './sort';
import { sortRows } from './sort-rows';

describe('search parameters', () => {
  it('stay readable and come back as they were', () => {
    const search = {
      range: 'last_7_days',
      by: 'campaign,country',
      f: 'country~equals~DE~AT;os~is_set',
      page: 2,
      q: '',
    };
    const text = stringifySearch(search);
    expect(text).toBe('?range=last_7_days&by=campaign,country&f=country~equals~DE~AT;os~is_set&page=2');
    expect(parseSearch(text)).toEqual({
      range: 'last_7_days',
      by: 'campaign,country',
      f: 'country~equals~DE~AT;os~is_set',
      page: '2',
    });
  });

  it('survive texts with anything in them', () => {
    const value = 'a&b=c d+e#f%20;?~,ü"\'';
    expect(parseSearch(stringifySearch({ q: value }))).toEqual({ q: value });
  });

  it('split lists', () => {
    expect(splitList(' a, ,b,')).toEqual(['a', 'b']);
    expect(splitList(undefined)).toEqual([]);
  });
});

describe('schemas of pages', () => {
  it('give every page a sensible start', () => {
    expect(dashboardParams.parse({})).toEqual({ range: 'today', bots: 'exclude' });
    expect(reportParams.parse({})).toMatchObject({ range: 'today', by: 'campaign', view: 'tree', page: 1 });
  });

  it('never refuse a broken link', () => {
    expect(listParams.parse({ range: 'someday', q: 5, sort: null, busy: 'maybe' })).toEqual({
      range: 'today',
      q: '',
      sort: '',
      state: '',
      busy: '',
    });
    expect(reportParams.parse({ page: '-3', view: 'cube', range: '2026-02-30..2026-03-01' })).toMatchObject({
      page: 1,
      view: 'tree',
      range: 'today',
    });
    expect(logParams.parse({ range: '99y' }).range).toBe('24h');
  });
});

describe('ranges', () => {
  it('are tokens or days', () => {
    expect(isRange('last_month')).toBe(true);
    expect(isRange('2026-03-01..2026-03-14')).toBe(true);
    expect(isRange('2026-13-01..2026-03-14')).toBe(false);
    expect(isRange('constructor')).toBe(false);
  });

  it('put days in order and name them', () => {
    expect(customRange('2026-03-14..2026-03-01')).toEqual({ from: '2026-03-01', to: '2026-03-14' });
    expect(rangeLabel('today')).toBe('Today');
    expect(rangeLabel('2026-03-01..2026-03-01')).toBe('1 Mar 2026');
    expect(rangeLabel('2026-03-01..2026-03-14')).toBe('1 Mar 2026 – 14 Mar 2026');
    expect(isSingleDay('yesterday')).toBe(true);
    expect(isSingleDay('2026-03-01..2026-03-02')).toBe(false);
  });
});

describe('filters', () => {
  const filters: Filter[] = [
    { field: 'country', op: 'equals', values: ['DE', 'AT'] },
    { field: 'sub_id_1', op: 'contains', values: ['a~b;c%7Ed&e+f#g,h', 'x'] },
    { field: 'bot', op: 'is_true', values: [] },
  ];

  it('come back as they were, also through a URL', () => {
    expect(parseConditions(writeFilters(filters))).toEqual(filters);
    expect(parseConditions(parseSearch(stringifySearch({ f: writeFilters(filters) })).f)).toEqual(filters);
  });

  it('leave out what is no filter', () => {
    expect(parseConditions('')).toEqual([]);
    expect(parseConditions('country;~~;country~jump~1;a b~equals~1')).toEqual([]);
    expect(parseConditions('country~toString~1')).toEqual([]);
  });
});

describe('sorting', () => {
  it('is read from and written to the URL', () => {
    const fallback = { key: 'clicks', dir: 'desc' as const };
    expect(parseSort('roi.asc', fallback)).toEqual({ key: 'roi', dir: 'asc' });
    expect(parseSort('roi.sideways', fallback)).toEqual(fallback);
    expect(writeSort({ key: 'roi', dir: 'asc' })).toBe('roi.asc');
    expect(nextSort(fallback, 'clicks', 'desc')).toEqual({ key: 'clicks', dir: 'asc' });
    expect(nextSort(fallback, 'name', 'asc')).toEqual({ key: 'name', dir: 'asc' });
  });

  it('compares amounts exactly and puts nothing last in both directions', () => {
    const rows = [{ v: '10.5' }, { v: null }, { v: '9.75' }, { v: '-3' }];
    const order = (dir: 'asc' | 'desc') => sortRows(rows, { key: 'v', dir }, row => row.v).map(row => row.v);
    expect(order('desc')).toEqual(['10.5', '9.75', '-3', null]);
    expect(order('asc')).toEqual(['-3', '9.75', '10.5', null]);
  });

  it('sorts names as people do', () => {
    const names = sortRows(['b 10', 'B 9', 'a'], { key: 'n', dir: 'asc' }, name => name);
    expect(names).toEqual(['a', 'B 9', 'b 10']);
  });
});
