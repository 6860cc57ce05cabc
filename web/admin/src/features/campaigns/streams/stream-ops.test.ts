import { describe, expect, it } from 'vitest';
import {
  activeWeight,
  addStream,
  draftOf,
  dropStream,
  duplicateStream,
  inputOfStream,
  moveStream,
  newRoute,
  patchStream,
  removeStream,
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
      action: { type: 'redirect' as const, status: 307 },
      choosing: 'waterfall' as const,
      landings: [],
      routes: [{ destination_id: '0d3k5v8t2m9qb', weight: 1, active: false }],
      trafficback_url: null,
      notes: 'n',
    };
    expect(inputOfStream(draftOf(stream))).toEqual(stream);
  });

  it('counts only active weights', () => {
    const routes = [newRoute('a'), { ...newRoute('b'), weight: 300 }, { ...newRoute('c'), active: false }];
    expect(activeWeight(routes)).toBe(400);
  });
});
