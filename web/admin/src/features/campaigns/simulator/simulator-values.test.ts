import type { ClickRow } from '@/api/types';
import { describe, expect, it } from 'vitest';
import { inputOfValues, NOBODY, valuesOfClick } from './simulator-values';

const CAMPAIGN = { id: '0d3k5v8t2m9qa' };
const NOTHING = {
  campaign: false,
  stream: false,
  workspace: false,
  converted: false,
  converted_workspace: false,
  visited: [],
};

describe('request', () => {
  it('holds only what was filled in', () => {
    expect(inputOfValues(CAMPAIGN, NOBODY)).toEqual({ campaign_id: CAMPAIGN.id, history: NOTHING, live: true });
  });

  it('tells a link from a query', () => {
    const of = (query: string) => inputOfValues(CAMPAIGN, { ...NOBODY, query });
    expect(of(' ?a=1 ')).toMatchObject({ query: 'a=1' });
    expect(of('https://go.example/x?a=1')).toMatchObject({ url: 'https://go.example/x?a=1' });
    expect(of('https://go.example/x?a=1')).not.toHaveProperty('query');
  });

  it('carries assumed counts, headers and what is out', () => {
    const input = inputOfValues(CAMPAIGN, {
      ...NOBODY,
      headers: [
        { key: 'a', name: ' X-Requested-With ', value: 'com.example.app ' },
        { key: 'b', name: '', value: 'left out' },
      ],
      counts: [
        { key: 'a', subject: 'stream:0d3k5v8t2m9qb', measure: 'clicks', value: '100' },
        { key: 'b', subject: '', measure: 'clicks', value: '1' },
        { key: 'c', subject: 'campaign:0d3k5v8t2m9qa', measure: 'cost', value: '' },
      ],
      out: ['0d3k5v8t2m9qc'],
      seen_campaign: true,
      live: false,
    });
    expect(input).toMatchObject({
      headers: { 'X-Requested-With': 'com.example.app' },
      counters: [{ subject: { type: 'stream', id: '0d3k5v8t2m9qb' }, measure: 'clicks', value: '100' }],
      out: [{ destination_id: '0d3k5v8t2m9qc', reason: 'unhealthy' }],
      history: { ...NOTHING, campaign: true },
      live: false,
    });
  });
});

it('repeats a click with what was kept of it', () => {
  const click = {
    at: '2026-05-01T12:30:00.000Z',
    ip: '203.0.113.7',
    user_agent: 'UA',
    referrer: '',
    host: 'go.example',
    path_and_query: '/summer?zone=1',
    unique_campaign: false,
    unique_stream: true,
    unique_workspace: false,
    visitor_key: '9c1f0a7be3d24c55',
    visitor: { language: 'de' },
  } as ClickRow;
  const values = valuesOfClick(click);
  const input = inputOfValues(CAMPAIGN, values);
  expect(input).toMatchObject({
    url: 'https://go.example/summer?zone=1',
    ip: '203.0.113.7',
    visitor_key: '9c1f0a7be3d24c55',
    language: 'de',
    at: '2026-05-01T12:30:00.000Z',
    history: { campaign: true, stream: false, workspace: true },
  });
});
