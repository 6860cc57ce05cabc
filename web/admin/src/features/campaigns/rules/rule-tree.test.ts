import type { Rule } from '@/api/types';
import { describe, expect, it } from 'vitest';
import { countTests, DEPTH_MAX, depthOf, fromRule, type GroupNode, reduceRule, toRule } from './rule-tree';

const RULE: Rule = {
  all: [
    { test: { criterion: 'country', op: 'in', values: ['DE', 'AT'] } },
    {
      any: [
        { test: { criterion: 'device_type', op: 'in', values: ['mobile'] } },
        {
          none: [
            { test: { criterion: 'time_of_day', op: 'between', values: ['22:00-06:00'], timezone: 'Europe/Berlin' } },
          ],
        },
      ],
    },
  ],
};

function group(node: GroupNode, index: number): GroupNode {
  const part = node.parts[index];
  if (part?.type !== 'group') throw new Error('not a group');
  return part;
}

describe('form of the API', () => {
  it('comes back as it was', () => {
    expect(toRule(fromRule(RULE))).toEqual(RULE);
    expect(toRule(fromRule(undefined))).toEqual({ all: [] });
    expect(toRule(fromRule({ none: [] }))).toEqual({ none: [] });
  });

  it('keeps expressions', () => {
    const rule: Rule = { any: [{ expression: 'country == "DE"' }, { none: [{ expression: 'is_bot' }] }] };
    const root = fromRule(rule);
    expect(toRule(root)).toEqual(rule);
    const [first] = root.parts;
    const changed = reduceRule(root, { type: 'set-expression', key: first?.key ?? '', source: 'asn > 1' });
    expect(toRule(changed)).toEqual({ any: [{ expression: 'asn > 1' }, { none: [{ expression: 'is_bot' }] }] });
    const added = reduceRule(root, { type: 'add-expression', group: root.key });
    expect(toRule(added)).toMatchObject({ any: [{}, {}, { expression: '' }] });
  });

  it('duplicates a part with keys of its own', () => {
    const root = fromRule(RULE);
    const inner = group(root, 1);
    const doubled = reduceRule(root, { type: 'duplicate', key: inner.key });
    expect(doubled.parts).toHaveLength(3);
    expect(toRule(group(doubled, 2))).toEqual(toRule(inner));
    const keys = new Set<string>();
    const collect = (node: GroupNode): void => {
      for (const part of node.parts) {
        expect(keys.has(part.key)).toBe(false);
        keys.add(part.key);
        if (part.type === 'group') collect(part);
      }
    };
    collect(doubled);
  });

  it('wraps a bare test, because the builder starts with a group', () => {
    const test: Rule = { test: { criterion: 'bot', op: 'in', values: ['true'] } };
    expect(toRule(fromRule(test))).toEqual({ all: [test] });
  });
});

describe('reducer', () => {
  it('adds tests and groups where they are wanted', () => {
    const root = fromRule(RULE);
    const inner = group(root, 1);
    const added = reduceRule(root, { type: 'add-test', group: inner.key, criterion: 'os', op: 'contains' });
    expect(countTests(added)).toBe(4);
    expect(group(added, 1).parts.at(-1)).toMatchObject({ type: 'test', criterion: 'os', op: 'contains', values: [] });
    const nested = reduceRule(root, { type: 'add-group', group: inner.key, mode: 'none' });
    expect(group(group(nested, 1), 2)).toMatchObject({ mode: 'none', parts: [] });
  });

  it('changes one node and leaves the others the same objects', () => {
    const root = fromRule(RULE);
    const [first, second] = root.parts;
    const changed = reduceRule(root, { type: 'set-test', key: first?.key ?? '', patch: { values: ['US'] } });
    expect(changed.parts[0]).toMatchObject({ criterion: 'country', values: ['US'] });
    expect(toRule(changed.parts[1] as GroupNode)).toEqual(toRule(second as GroupNode));
    expect(root.parts[0]).toMatchObject({ values: ['DE', 'AT'] });
  });

  it('changes the mode of a group, also of the root', () => {
    const root = fromRule(RULE);
    expect(reduceRule(root, { type: 'set-mode', group: root.key, mode: 'none' }).mode).toBe('none');
    const inner = group(root, 1);
    expect(group(reduceRule(root, { type: 'set-mode', group: inner.key, mode: 'all' }), 1).mode).toBe('all');
  });

  it('removes a test, a group, or everything', () => {
    const root = fromRule(RULE);
    expect(toRule(reduceRule(root, { type: 'remove', key: root.parts[0]?.key ?? '' }))).toEqual({
      all: [toRule(group(root, 1))],
    });
    expect(countTests(reduceRule(root, { type: 'remove', key: group(root, 1).key }))).toBe(1);
    expect(toRule(reduceRule(root, { type: 'remove', key: root.key }))).toEqual({ all: [] });
  });

  it('moves among siblings and not beyond', () => {
    const root = fromRule(RULE);
    const key = root.parts[0]?.key ?? '';
    expect(reduceRule(root, { type: 'move', key, by: 1 }).parts[1]?.key).toBe(key);
    expect(reduceRule(root, { type: 'move', key, by: -1 }).parts[0]?.key).toBe(key);
  });

  it('nests no deeper than the server takes', () => {
    let root = fromRule(undefined);
    let key = root.key;
    for (let depth = 1; depth < DEPTH_MAX + 3; depth += 1) {
      root = reduceRule(root, { type: 'add-group', group: key, mode: 'any' });
      let at: GroupNode = root;
      while (at.parts[0]?.type === 'group') at = at.parts[0];
      key = at.key;
    }
    expect(depthOf(root, key)).toBe(DEPTH_MAX);
    expect(depthOf(root, 'nowhere')).toBe(0);
  });

  it('gives every node its own key', () => {
    const keys: string[] = [];
    const visit = (node: GroupNode) => {
      keys.push(node.key);
      for (const part of node.parts) {
        if (part.type === 'group') visit(part);
        else keys.push(part.key);
      }
    };
    visit(fromRule(RULE));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
