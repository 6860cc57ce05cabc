/**
 * Rules as the builder edits them: a tree of groups and tests with stable keys. Everything here is pure; the API's form of a rule
 * goes in with `fromRule` and out with `toRule`.
 */
import type { Operator, Rule } from '@/api/types';

export type Mode = 'all' | 'any' | 'none';

export interface GroupNode {
  type: 'group';
  key: string;
  mode: Mode;
  parts: RuleNode[];
}

export interface TestNode {
  type: 'test';
  key: string;
  criterion: string;
  op: Operator;
  values: string[];
  timezone: string | null;
}

/** An expression in the server's language. */
export interface ExpressionNode {
  type: 'expression';
  key: string;
  source: string;
}

export type RuleNode = GroupNode | TestNode | ExpressionNode;

export type RuleAction =
  | { type: 'add-test'; group: string; criterion: string; op: Operator; values?: string[] }
  | { type: 'add-expression'; group: string }
  | { type: 'add-group'; group: string; mode: Mode }
  | { type: 'set-mode'; group: string; mode: Mode }
  | { type: 'set-test'; key: string; patch: Partial<Omit<TestNode, 'type' | 'key'>> }
  | { type: 'set-expression'; key: string; source: string }
  | { type: 'remove'; key: string }
  | { type: 'duplicate'; key: string }
  | { type: 'move'; key: string; by: 1 | -1 }
  | { type: 'clear' };

/** As deep as the server lets groups be nested. */
export const DEPTH_MAX = 5;

let counter = 0;

/** A key that is unique in this page; only React sees it. */
export function freshKey(): string {
  counter += 1;
  return `k${counter}`;
}

export function emptyRule(): GroupNode {
  return { type: 'group', key: freshKey(), mode: 'all', parts: [] };
}

function nodeOf(rule: Rule): RuleNode {
  if ('test' in rule) {
    const { criterion, op, values = [], timezone = null } = rule.test;
    return { type: 'test', key: freshKey(), criterion, op, values: [...values], timezone };
  }
  if ('expression' in rule) return { type: 'expression', key: freshKey(), source: rule.expression };
  const [mode, parts]: [Mode, Rule[]] =
    'all' in rule ? ['all', rule.all] : 'any' in rule ? ['any', rule.any] : ['none', rule.none];
  return { type: 'group', key: freshKey(), mode, parts: parts.map(nodeOf) };
}

/** The root is always a group; a bare test is wrapped. */
export function fromRule(rule: Rule | undefined): GroupNode {
  if (!rule) return emptyRule();
  const node = nodeOf(rule);
  return node.type === 'group' ? node : { ...emptyRule(), parts: [node] };
}

export function toRule(node: RuleNode): Rule {
  if (node.type === 'test') {
    const { criterion, op, values, timezone } = node;
    return { test: { criterion, op, values, ...(timezone ? { timezone } : {}) } };
  }
  if (node.type === 'expression') return { expression: node.source };
  const parts = node.parts.map(toRule);
  if (node.mode === 'all') return { all: parts };
  return node.mode === 'any' ? { any: parts } : { none: parts };
}

/** Applies `change` to the node with this key; `null` takes it out. */
function mapNode(root: GroupNode, key: string, change: (node: RuleNode) => RuleNode | null): GroupNode {
  const visit = (node: RuleNode): RuleNode | null => {
    if (node.key === key) return change(node);
    if (node.type !== 'group') return node;
    return { ...node, parts: node.parts.map(visit).filter(part => part !== null) };
  };
  const mapped = visit(root);
  return mapped?.type === 'group' ? mapped : root;
}

function append(root: GroupNode, group: string, part: RuleNode): GroupNode {
  return mapNode(root, group, node => (node.type === 'group' ? { ...node, parts: [...node.parts, part] } : node));
}

function moved<T extends { key: string }>(items: T[], key: string, by: number): T[] {
  const from = items.findIndex(item => item.key === key);
  const to = from + by;
  const item = items[from];
  if (!item || to < 0 || to >= items.length) return items;
  const rest = items.filter(other => other !== item);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

function moveIn(group: GroupNode, key: string, by: number): GroupNode {
  const parts = group.parts.map(part => (part.type === 'group' ? moveIn(part, key, by) : part));
  return { ...group, parts: moved(parts, key, by) };
}

/** The same rule with keys of its own. */
function copyOf(node: RuleNode): RuleNode {
  return node.type === 'group'
    ? { ...node, key: freshKey(), parts: node.parts.map(copyOf) }
    : { ...node, key: freshKey() };
}

function duplicateIn(group: GroupNode, key: string): GroupNode {
  const parts = group.parts.flatMap(part => {
    if (part.key === key) return [part, copyOf(part)];
    return [part.type === 'group' ? duplicateIn(part, key) : part];
  });
  return { ...group, parts };
}

export function reduceRule(root: GroupNode, action: RuleAction): GroupNode {
  switch (action.type) {
    case 'add-test':
      return append(root, action.group, {
        type: 'test',
        key: freshKey(),
        criterion: action.criterion,
        op: action.op,
        values: action.values ?? [],
        timezone: null,
      });
    case 'add-expression':
      return append(root, action.group, { type: 'expression', key: freshKey(), source: '' });
    case 'add-group':
      if (depthOf(root, action.group) >= DEPTH_MAX) return root;
      return append(root, action.group, { type: 'group', key: freshKey(), mode: action.mode, parts: [] });
    case 'set-mode':
      return mapNode(root, action.group, node => (node.type === 'group' ? { ...node, mode: action.mode } : node));
    case 'set-test':
      return mapNode(root, action.key, node => (node.type === 'test' ? { ...node, ...action.patch } : node));
    case 'set-expression':
      return mapNode(root, action.key, node =>
        node.type === 'expression' ? { ...node, source: action.source } : node,
      );
    case 'duplicate':
      return duplicateIn(root, action.key);
    case 'remove':
      return action.key === root.key ? { ...root, parts: [] } : mapNode(root, action.key, () => null);
    case 'move':
      return moveIn(root, action.key, action.by);
    case 'clear':
      return { ...root, parts: [] };
  }
}

/** 1 for the root, one more for each group around; 0 when the key is not there. */
export function depthOf(root: GroupNode, key: string, depth = 1): number {
  if (root.key === key) return depth;
  for (const part of root.parts) {
    if (part.key === key) return depth + 1;
    const inner = part.type === 'group' ? depthOf(part, key, depth + 1) : 0;
    if (inner > 0) return inner;
  }
  return 0;
}

export function countTests(node: RuleNode): number {
  return node.type !== 'group' ? 1 : node.parts.reduce((sum, part) => sum + countTests(part), 0);
}
