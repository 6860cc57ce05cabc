import { capInput, choosingMode, newCap } from '@/lib/caps';
import { describe, expect, it } from 'vitest';
import { fromRule } from '../rules/rule-tree';
import {
  activeWeight,
  addStream,
  draftOf,
  dropStream,
  duplicateStream,
  inputOfAction,
  inputOfStream,
  moveStream,
  NEW_ACTION,
  newRoute,
  patchStream,
  removeStream,
  shadowOf,
  type StreamDraft,
} from './stream-ops';

function build(...kinds: ('forced' | 'regular' | 'default')[]): StreamDraft[] {
  let streams: StreamDraft[] = [];
  for (const kind of kinds) streams = addStream(streams, kind);
  return streams.map((stream, index) => ({ ...stream, name: `s${index}` }));
}

const names = (streams: readonly StreamDraft[]) => streams.map(stream => stream.name);
const keyOf = (streams: readonly StreamDraft[], name: string) =>
  streams.find(stream => stream.name === name)?.key ?? '';

describe('order', () => {
  it('keeps forced before regular before default', () => {
    const streams = build('default', 'regular', 'forced', 'regular');
    expect(streams.map(stream => stream.kind)).toEqual(['forced', 'regular', 'regular', 'default']);
  });

  it('moves inside a kind only', () => {
    const streams = build('forced', 'regular', 'regular', 'default');
    expect(names(moveStream(streams, keyOf(streams, 's1'), 1))).toEqual(['s0', 's2', 's1', 's3']);
    expect(names(moveStream(streams, keyOf(streams, 's1'), -1))).toEqual(['s0', 's1', 's2', 's3']);
    expect(names(moveStream(streams, keyOf(streams, 's2'), 1))).toEqual(['s0', 's1', 's2', 's3']);
  });

  it('drops a dragged stream where another one is', () => {
    const streams = build('regular', 'regular', 'regular');
    expect(names(dropStream(streams, keyOf(streams, 's0'), keyOf(streams, 's2')))).toEqual(['s1', 's2', 's0']);
    expect(names(dropStream(streams, keyOf(streams, 's2'), keyOf(streams, 's0')))).toEqual(['s2', 's0', 's1']);
    const mixed = build('forced', 'regular');
    expect(names(dropStream(mixed, keyOf(mixed, 's0'), keyOf(mixed, 's1')))).toEqual(['s0', 's1']);
  });

  it('moves a stream whose kind changes to the end of the new kind', () => {
    const streams = build('forced', 'regular', 'regular', 'default');
    expect(names(patchStream(streams, keyOf(streams, 's0'), { kind: 'regular' }))).toEqual(['s1', 's2', 's0', 's3']);
  });
});

describe('contents', () => {
  it('duplicates without the identity', () => {
    const streams = build('regular').map(stream => ({ ...stream, id: '0d3k5v8t2m9qa' }));
    const [first, copy] = duplicateStream(streams, streams[0]?.key ?? '');
    expect(first?.id).toBe('0d3k5v8t2m9qa');
    expect(copy).toMatchObject({ id: null, name: 's0 (copy)' });
    expect(copy?.key).not.toBe(first?.key);
  });

  it('removes', () => {
    const streams = build('regular', 'regular');
    expect(names(removeStream(streams, keyOf(streams, 's0')))).toEqual(['s1']);
  });

  it('sends what was read', () => {
    const stream = {
      id: '0d3k5v8t2m9qa',
      name: 'Germany',
      kind: 'regular' as const,
      active: true,
      weight: 70,
      rules: { any: [{ test: { criterion: 'country', op: 'in' as const, values: ['DE'] } }] },
      action: { type: 'redirect' as const, status: 307, via: 'meta' as const },
      choosing: { type: 'sticky' as const, ttl_hours: 12 },
      landings: [],
      routes: [{ destination_id: '0d3k5v8t2m9qb', weight: 1, active: false }],
      offer_choice: 'before_landing' as const,
      no_repeat: { ttl_hours: 24, exhausted: 'next_stream' as const },
      caps: [
        { measure: 'clicks' as const, period: { type: 'rolling' as const, hours: 6 }, limit: '100', timezone: null },
      ],
      schedule: { timezone: 'UTC', from: null, until: '2026-12-24', weekly: [{ days: ['mon'], time: '22:00-06:00' }] },
      collect_clicks: false,
      trafficback_url: null,
      notes: 'n',
    };
    expect(inputOfStream(draftOf(stream))).toEqual(stream);
  });

  it('sends of an action only what its kind has', () => {
    const draft = {
      ...NEW_ACTION,
      url: ' https://a.example/ ',
      campaign_id: '0d3k5v8t2m9qa',
      body: '<p>x',
      status: 303,
    };
    expect(inputOfAction({ ...draft, type: 'url' })).toEqual({
      type: 'url',
      url: 'https://a.example/',
      status: 303,
      via: 'http',
    });
    expect(inputOfAction({ ...draft, type: 'campaign' })).toEqual({ type: 'campaign', campaign_id: '0d3k5v8t2m9qa' });
    expect(inputOfAction({ ...draft, type: 'show_html' })).toEqual({ type: 'show_html', body: '<p>x' });
    expect(inputOfAction({ ...draft, type: 'nothing' })).toEqual({ type: 'nothing' });
  });

  it('reads a way of choosing in either form, and sends a timezone only where it counts', () => {
    expect(choosingMode('waterfall')).toEqual({ type: 'waterfall' });
    expect(choosingMode({ type: 'sticky', ttl_hours: 1 })).toEqual({ type: 'sticky', ttl_hours: 1 });
    const cap = { measure: 'cost' as const, period: { type: 'total' as const }, limit: ' 5.5 ', timezone: 'UTC' };
    expect(capInput(cap)).toEqual({ ...cap, limit: '5.5', timezone: null });
    expect(capInput({ ...cap, period: { type: 'day' } }).timezone).toBe('UTC');
  });

  it('counts only active weights', () => {
    const routes = [newRoute('a'), { ...newRoute('b'), weight: 300 }, { ...newRoute('c'), active: false }];
    expect(activeWeight(routes)).toBe(400);
  });
});

it('knows which stream takes everybody before another is asked', () => {
  const [first, second, third] = build('regular', 'regular', 'regular') as [StreamDraft, StreamDraft, StreamDraft];
  const germans = fromRule({ all: [{ test: { criterion: 'country', op: 'in', values: ['DE'] } }] });
  const shadows = (group: StreamDraft[]) => group.map((_, index) => shadowOf(group, index)?.name);
  expect(shadows([first, second, third])).toEqual([undefined, 's0', 's0']);
  expect(shadows([{ ...first, rules: germans }, second, third])).toEqual([undefined, undefined, 's1']);
  expect(shadows([{ ...first, active: false }, second])).toEqual([undefined, undefined]);
  expect(shadows([{ ...first, caps: [newCap()] }, second])).toEqual([undefined, undefined]);
});
