import type { Vocabulary } from '@/api/types';
import { Problems, useProblems } from '@/components/form/problems';
import { Button, IconButton } from '@/components/ui/button';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { Textarea } from '@/components/ui/input';
import { Braces, X } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ExpressionNode } from './rule-tree';

interface ExpressionEditorProps {
  node: ExpressionNode;
  variables: Vocabulary['expression_variables'];
  onChange: (source: string) => void;
  onRemove: () => void;
  path: string;
}

/** A free condition. The server checks it when the campaign is saved and says what is wrong right here. */
export function ExpressionEditor({ node, variables, onChange, onRemove, path }: ExpressionEditorProps) {
  const [open, setOpen] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const wrong = useProblems(path, true).length > 0;
  const insert = (name: string) => {
    const { current } = field;
    const [start, end] = current
      ? [current.selectionStart, current.selectionEnd]
      : [node.source.length, node.source.length];
    onChange(node.source.slice(0, start) + name + node.source.slice(end));
    setOpen(false);
  };
  return (
    <div className="bg-surface border-line grid grid-cols-1 gap-1.5 rounded-md border p-2">
      <div className="flex items-center gap-2">
        <span className="text-ink-soft text-xs font-medium">Expression</span>
        <Popover
          label="Fields of the expression"
          open={open}
          onOpenChange={setOpen}
          trigger={
            <Button variant="ghost" size="sm" className="h-6 px-1.5">
              <Braces className="size-3.5" aria-hidden="true" /> Insert a field
            </Button>
          }
        >
          <OptionList
            label="fields"
            options={variables.map(variable => ({
              value: variable.name,
              label: variable.name,
              hint: variable.description,
              keywords: variable.description,
            }))}
            selected={[]}
            onPick={insert}
          />
        </Popover>
        <IconButton size="sm" label="Remove the expression" className="ml-auto" onClick={onRemove}>
          <X className="size-3.5" />
        </IconButton>
      </div>
      <Textarea
        ref={field}
        mono
        rows={Math.min(8, Math.max(2, node.source.split('\n').length))}
        spellCheck={false}
        aria-label="Expression"
        aria-invalid={wrong ? true : undefined}
        placeholder='country == "DE" && device_type == "mobile"'
        value={node.source}
        onChange={event => onChange(event.target.value)}
      />
      <Problems path={path} deep />
    </div>
  );
}
