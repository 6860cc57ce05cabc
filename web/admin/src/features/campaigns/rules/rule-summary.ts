/** A rule in one line, for the head of a stream: "Country is DE, AT and Device type is mobile". */
import { criterionInfo, criterionTitle, operatorTitle, shapeOf, valueTitle, type RuleWords } from '@/lib/rule-words';
import type { GroupNode, RuleNode, TestNode } from './rule-tree';

const VALUES_SHOWN = 4;
const SOURCE_SHOWN = 60;

function values(list: readonly string[]): string {
  if (list.length === 0) return '…';
  const shown = list.slice(0, VALUES_SHOWN).join(', ');
  return list.length > VALUES_SHOWN ? `${shown} and ${list.length - VALUES_SHOWN} more` : shown;
}

function test(node: TestNode, words: RuleWords): string {
  const info = criterionInfo(words, node.criterion);
  const title = criterionTitle(words, node.criterion);
  if (info?.kind === 'flag') return `${title}: ${valueTitle(info, node.values[0] ?? '').toLowerCase() || '…'}`;
  const operator = operatorTitle(words, node.op);
  if (shapeOf(words, node.op) === 'none') return `${title} ${operator}`;
  return `${title} ${operator} ${values(node.values.map(value => valueTitle(info, value)))}`;
}

function part(node: RuleNode, words: RuleWords): string {
  if (node.type === 'test') return test(node, words);
  if (node.type === 'expression') {
    const source = node.source.trim().replaceAll(/\s+/g, ' ');
    return source.length > SOURCE_SHOWN ? `${source.slice(0, SOURCE_SHOWN)}…` : source || '…';
  }
  const inner = group(node, words);
  return node.mode === 'none' ? inner : `(${inner})`;
}

function group(node: GroupNode, words: RuleWords): string {
  const parts = node.parts.map(child => part(child, words));
  if (node.mode === 'none') return `none of (${parts.join(', ')})`;
  return parts.join(node.mode === 'all' ? ' and ' : ' or ');
}

export function summarise(root: GroupNode, words: RuleWords): string {
  return root.parts.length === 0 ? 'Everybody' : group(root, words);
}
