import type { ReportMetadata } from '@/api/types';
import { reportParams } from '@/lib/params';
import { describe, expect, it } from 'vitest';
import { drillInto, flatQuery, levelQuery, paramsOf, readState, wholeQuery } from './report-state';

const dimension = (key: string, value_type: 'text' | 'time' = 'text') => ({
  key,
  title: key,
  description: '',
  group: 'g',
  value_type,
  entity: null,
  values: [],
  operators: ['equals' as const],
});

const metric = (key: string) => ({
  key,
  title: key,
  description: '',
  formula: '',
  value_type: 'count' as const,
  decimals: 0,
});

const METADATA: ReportMetadata = {
  dimensions: [
    dimension('campaign'),
    dimension('country'),
    dimension('os'),
    dimension('destination'),
    dimension('day', 'time'),
    dimension('hour', 'time'),
    dimension('week', 'time'),
  ],
  metrics: [],
  default_metrics: ['clicks', 'roi'],
};

const read = (search: Record<string, string>) => readState(reportParams.parse(search), METADATA);

describe('reading', () => {
  it('drops what it does not know and what is too deep or twice', () => {
    const state = read({
      by: 'campaign,planet,campaign,country,os,destination,day,hour,week',
      f: 'planet~equals~x;country~equals~DE',
    });
    expect(state.dimensions).toEqual(['campaign', 'country', 'os', 'destination', 'day', 'hour']);
    expect(state.filters).toEqual([{ field: 'country', op: 'equals', values: ['DE'] }]);
    expect(state.metrics).toEqual(['clicks', 'roi']);
  });

  it('reads filters in groups and drops what is empty', () => {
    const state = read({ f: 'any(country~equals~DE;planet~equals~x);none(planet~is_set)' });
    expect(state.filters).toEqual([{ join: 'any', of: [{ field: 'country', op: 'equals', values: ['DE'] }] }]);
  });

  it('keeps columns in the order of the link, each once', () => {
    const metrics = ['clicks', 'roi', 'cost'].map(metric);
    const state = readState(reportParams.parse({ cols: 'roi,clicks,roi,moon' }), { ...METADATA, metrics });
    expect(state.metrics).toEqual(['roi', 'clicks']);
  });

  it('sorts by clicks, or by time when grouped by time', () => {
    expect(read({}).sort).toEqual({ key: 'clicks', dir: 'desc' });
    expect(read({ by: 'day' }).sort).toEqual({ key: 'day', dir: 'asc' });
    expect(read({ sort: 'revenue.asc' }).sort).toEqual({ key: 'clicks', dir: 'desc' });
  });
});

describe('queries', () => {
  it('asks for pages of a flat report', () => {
    expect(
      flatQuery(read({ by: 'campaign,country', view: 'flat', page: '3', range: '2026-03-01..2026-03-02' })),
    ).toMatchObject({
      dimensions: ['campaign', 'country'],
      offset: 200,
      limit: 100,
      range: { from: '2026-03-01', to: '2026-03-02' },
    });
  });

  it('asks for the inside of an opened row with its value as a filter', () => {
    const state = read({ by: 'campaign,country', f: 'os~equals~iOS', sort: 'campaign.asc' });
    const query = levelQuery(state, [{ dimension: 'campaign', id: 'c1' }]);
    expect(query.dimensions).toEqual(['country']);
    expect(query.filters).toEqual([
      { field: 'os', op: 'equals', values: ['iOS'] },
      { field: 'campaign', op: 'equals', values: ['c1'] },
    ]);
    expect(query.sort).toEqual([{ key: 'clicks', dir: 'desc' }]);
  });

  it('asks for rows without a value too', () => {
    const query = levelQuery(read({ by: 'country,os' }), [{ dimension: 'country', id: '' }]);
    expect(query.filters).toEqual([{ field: 'country', op: 'is_not_set', values: [] }]);
  });

  it('does not send a filter that has no value yet', () => {
    expect(flatQuery(read({ f: 'country~equals' })).filters).toEqual([]);
  });
});

describe('drilling', () => {
  it('goes on with the rest of the chain', () => {
    const state = read({ by: 'campaign,country' });
    expect(drillInto(state, METADATA, [{ dimension: 'campaign', id: 'c1' }])).toEqual({
      by: 'country',
      f: 'campaign~equals~c1',
      page: 1,
    });
  });

  it('chooses what buyers look at next at the end of the chain', () => {
    const state = read({ by: 'country', f: 'campaign~equals~c1' });
    expect(drillInto(state, METADATA, [{ dimension: 'country', id: 'DE' }])).toEqual({
      by: 'destination',
      f: 'campaign~equals~c1;country~equals~DE',
      page: 1,
    });
  });
});

describe('what the server keeps', () => {
  it('comes back as the same link', () => {
    const search = {
      range: '2026-03-01..2026-03-02',
      by: 'campaign,country',
      cols: 'clicks,roi',
      f: 'campaign~equals~c1;any(country~equals~DE;none(os~contains~Win))',
      h: 'roi~between~-5~12.5;clicks~is_set',
      sort: 'clicks.desc',
      bots: 'only',
      basis: 'conversion',
      compare: 'previous',
      view: 'flat',
      tz: 'Asia/Kolkata',
    };
    const state = readState(reportParams.parse(search), { ...METADATA, metrics: ['clicks', 'roi'].map(metric) });
    expect(paramsOf(wholeQuery(state), { view: 'flat' })).toEqual({ ...search, page: 1 });
  });

  it('has no other page and no row opened', () => {
    expect(wholeQuery(read({ by: 'campaign,country', page: '3' }))).not.toHaveProperty('offset');
  });
});

describe('filters on figures', () => {
  const metrics = ['clicks', 'roi'].map(metric);
  const figuresOf = (search: Record<string, string>) => readState(reportParams.parse(search), { ...METADATA, metrics });

  it('are asked at every level once they have a value', () => {
    const state = figuresOf({ by: 'campaign,country', h: 'roi~at_least~10;clicks~less_than;moon~equals~1' });
    expect(state.figures.map(figure => figure.field)).toEqual(['roi', 'clicks']);
    const having = [{ metric: 'roi', op: 'at_least', values: ['10'] }];
    expect(flatQuery(state).having).toEqual(having);
    expect(levelQuery(state, [{ dimension: 'campaign', id: 'c1' }]).having).toEqual(having);
  });

  it('say nothing without dimensions: there are no rows to choose from', () => {
    expect(flatQuery(figuresOf({ by: '', h: 'roi~at_least~10' }))).not.toHaveProperty('having');
  });
});

describe('comparing', () => {
  it('is asked of every level', () => {
    const state = read({ by: 'campaign,country', compare: 'previous' });
    expect(levelQuery(state, [{ dimension: 'campaign', id: 'c1' }]).compare).toBe('previous_period');
    expect(flatQuery(read({}))).not.toHaveProperty('compare');
  });
});
