import type { DimensionInfo } from '@/api/types';
import { describe, expect, it } from 'vitest';
import { conditionWords } from './conditions';
import { namedWords } from './named-words';

const info = (key: string, title: string, more: Partial<DimensionInfo> = {}) =>
  ({ key, title, values: [], ...more }) as unknown as DimensionInfo;

const DIMENSIONS = [
  info('conversion_status', 'Conversion status', { values: ['sale', 'custom1', 'custom2'] }),
  info('campaign', 'Campaign', { entity: 'campaigns' }),
  info('country', 'Country'),
  info('device_type', 'Device', { values: ['feature_phone'] }),
  info('sub_id_1', 'Sub id 1'),
];

describe('conditions with names', () => {
  const words = namedWords(
    DIMENSIONS,
    { campaigns: [{ id: '01', name: 'Summer' }] },
    new Map([['custom1', 'Qualified']]),
  );
  const said = (field: string, ...values: string[]) => conditionWords({ field, op: 'equals', values }, words);

  it('calls types of conversions what the workspace calls them', () => {
    expect(said('conversion_status', 'custom1', 'sale')).toBe('Conversion status is Qualified, sale');
    expect(said('conversion_status', 'custom2')).toBe('Conversion status is custom2');
    expect(said('sub_id_1', 'custom1')).toBe('Sub id 1 is custom1');
  });

  it('calls objects by name and other values as they are shown in reports', () => {
    expect(said('campaign', '01', '02')).toBe('Campaign is Summer, 02');
    expect(said('country', 'DE')).toBe('Country is Germany');
    expect(said('device_type', 'feature_phone')).toBe('Device is feature phone');
    expect(said('sub_id_1', 'a_b')).toBe('Sub id 1 is a_b');
    expect(said('gone', 'x')).toBe('gone is x');
  });

  it('shows ids as long as the names have not come', () => {
    const early = namedWords(DIMENSIONS, { campaigns: undefined }, new Map());
    expect(conditionWords({ field: 'campaign', op: 'equals', values: ['01'] }, early)).toBe('Campaign is 01');
    expect(early.value('conversion_status', 'custom1')).toBe('custom1');
  });
});
