/** A rule in one line, for the head of a stream: "Country is DE, AT and Device type is mobile". */
import type { CriterionInfo } from '@/api/types';
import { criterionTitle, OPERATOR_WORDS, takesValues } from './operators';
import type { GroupNode, RuleNode } from './rule-tree';

const VALUES_SHOWN = 4;

function values(list: readonly string[]): string {
  if (list.length === 0) return '…';
  const shown = list.slice(0, VALUES_SHOWN).join(', ');
  return list.length > VALUES_SHOWN ? `${shown} and ${list.length - VALUES_SHOWN} more` : shown;
}

function part(node: RuleNode, criteria: readonly CriterionInfo[]): string {
  if (node.type === 'group') {
    const inner = group(node, criteria);
    return node.mode === 'none' ? inner : `(${inner})`;
  }
  const title = criterionTitle(criteria, node.criterion);
  const words = OPERATOR_WORDS[node.op];
  return takesValues(node.op) ? `${title} ${words} ${values(node.values)}` : `${title} ${words}`;
}

function group(node: GroupNode, criteria: readonly CriterionInfo[]): string {
  const parts = node.parts.map(child => part(child, criteria));
  if (node.mode === 'none') return `none of (${parts.join(', ')})`;
  return parts.join(node.mode === 'all' ? ' and ' : ' or ');
}

export function summarise(root: GroupNode, criteria: readonly CriterionInfo[]): string {
  return root.parts.length === 0 ? 'Everybody' : group(root, criteria);
}
