import type { ReportMetadata } from '@/api/types';
import { reportParams } from '@/lib/params';
import { describe, expect, it } from 'vitest';
import { drillInto, flatQuery, levelQuery, readState } from './report-state';

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

const METADATA: ReportMetadata = {
  dimensions: [
    dimension('campaign'),
    dimension('country'),
    dimension('os'),
    dimension('destination'),
    dimension('day', 'time'),
  ],
  metrics: [],
  default_metrics: ['clicks', 'roi'],
};

const read = (search: Record<string, string>) => readState(reportParams.parse(search), METADATA);

describe('reading', () => {
  it('drops what it does not know and what is too deep or twice', () => {
    const state = read({
      by: 'campaign,planet,campaign,country,os,destination,day',
      f: 'planet~equals~x;country~equals~DE',
    });
    expect(state.dimensions).toEqual(['campaign', 'country', 'os', 'destination']);
    expect(state.filters).toEqual([{ field: 'country', op: 'equals', values: ['DE'] }]);
    expect(state.metrics).toEqual(['clicks', 'roi']);
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
