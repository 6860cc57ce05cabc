import type { DimensionInfo } from '@/api/types';
import { IconButton } from '@/components/ui/button';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { cn } from '@/lib/cn';
import { dimensionText } from '@/lib/dimension-text';
import { ChevronDown, ChevronRight, ListPlus } from 'lucide-react';
import { useState } from 'react';
import { dimensionOptions } from './group-chain';
import type { RowPath } from './report-state';
import type { Line } from './use-report-rows';

interface TreeCellProps {
  line: Line;
  /** Dimensions that a row can still be broken down by. */
  dimensions: readonly DimensionInfo[];
  onToggle: (path: RowPath) => void;
  onDrill: (path: RowPath) => void;
  onBreakDown: ((path: RowPath, dimension: string) => void) | undefined;
}

const INDENTS = ['pl-0', 'pl-5', 'pl-10', 'pl-15', 'pl-20', 'pl-25'];

/** The first cell of a row: its value, and the button that opens it or asks by what to break it down. */
export function TreeCell({ line, dimensions, onToggle, onDrill, onBreakDown }: TreeCellProps) {
  const indent = INDENTS[Math.min(line.depth, INDENTS.length - 1)];
  if (!line.row) return <span className={cn('text-ink-faint block pl-7 text-xs italic', indent)}>{line.note}</span>;
  const dimension = line.path.at(-1)?.dimension ?? '';
  const text = dimensionText(dimension, line.row.keys[dimension]);
  return (
    <span className={cn('flex items-center gap-1', indent)}>
      {line.open === null ? (
        <BreakDown
          text={text}
          dimensions={dimensions}
          onPick={onBreakDown ? key => onBreakDown(line.path, key) : undefined}
        />
      ) : (
        <IconButton
          size="sm"
          className="-ml-1 size-6"
          label={line.open ? `Close ${text}` : `Open ${text}`}
          aria-expanded={line.open}
          onClick={() => onToggle(line.path)}
        >
          {line.open ? <ChevronDown className="size-4" /> : <ChevronRight className="size-4" />}
        </IconButton>
      )}
      <DrillButton text={text} onClick={() => onDrill(line.path)} />
    </span>
  );
}

interface BreakDownProps {
  text: string;
  dimensions: readonly DimensionInfo[];
  onPick: ((key: string) => void) | undefined;
}

/** At the end of the chain: asks for one more dimension and opens the row by it. */
function BreakDown({ text, dimensions, onPick }: BreakDownProps) {
  const [open, setOpen] = useState(false);
  if (!onPick) return <span className="-ml-1 w-6 shrink-0" />;
  return (
    <Popover
      label={`Break down ${text}`}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <IconButton
          size="sm"
          className="text-ink-faint -ml-1 size-6 opacity-60 group-hover/row:opacity-100 focus-visible:opacity-100 aria-expanded:opacity-100"
          label={`Break down ${text}`}
        >
          <ListPlus className="size-3.5" />
        </IconButton>
      }
    >
      <OptionList
        label="dimensions"
        placeholder={`Break down ${text} by…`}
        options={dimensionOptions(dimensions)}
        selected={[]}
        onPick={key => {
          setOpen(false);
          onPick(key);
        }}
      />
    </Popover>
  );
}

export function DrillButton({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button
      type="button"
      title={`${text} – show only this`}
      onClick={onClick}
      className="hover:text-accent-text block min-h-6 max-w-44 min-w-6 truncate rounded text-left hover:underline sm:max-w-80"
    >
      {text}
    </button>
  );
}
