import type { MetricInfo } from '@/api/types';
import { IconButton } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import { ArrowDown, ArrowUp, GripVertical, X } from 'lucide-react';
import { useState, type DragEvent } from 'react';

interface ChosenColumnsProps {
  metrics: readonly MetricInfo[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Moves an entry of a list to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}

/** The chosen columns from left to right: dragged, or moved by their buttons. */
export function ChosenColumns({ metrics, chosen, onChange }: ChosenColumnsProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const onDragOver = (event: DragEvent, index: number) => {
    if (dragged === null) return;
    event.preventDefault();
    if (index === dragged) return;
    onChange(moved(chosen, dragged, index));
    setDragged(index);
  };
  const title = (key: string) => metrics.find(metric => metric.key === key)?.title ?? key;
  return (
    <div className="order-first min-w-0 md:sticky md:top-0 md:order-none">
      <h3 className="text-ink-faint mb-1 text-2xs font-semibold tracking-wide uppercase">Order</h3>
      <ol
        aria-label="Columns in their order"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a list that scrolls must be scrollable by keyboard
        tabIndex={0}
        className="border-line scroll-thin divide-line max-h-44 divide-y overflow-y-auto rounded-lg border md:max-h-[60dvh]"
      >
        {chosen.map((key, index) => (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dragging; by keyboard the buttons do the same
          <li
            key={key}
            draggable
            onDragStart={() => setDragged(index)}
            onDragEnd={() => setDragged(null)}
            onDragOver={event => onDragOver(event, index)}
            className={cn('bg-surface flex h-8 items-center gap-1 pl-1', dragged === index && 'bg-accent-soft')}
          >
            <GripVertical className="text-ink-faint size-3.5 shrink-0 cursor-grab" aria-hidden="true" />
            <span className="min-w-0 flex-1 truncate text-sm">{title(key)}</span>
            <IconButton
              size="sm"
              className="size-6"
              label={`Move ${title(key)} up`}
              disabled={index === 0}
              onClick={() => onChange(moved(chosen, index, index - 1))}
            >
              <ArrowUp className="size-3.5" aria-hidden="true" />
            </IconButton>
            <IconButton
              size="sm"
              className="size-6"
              label={`Move ${title(key)} down`}
              disabled={index === chosen.length - 1}
              onClick={() => onChange(moved(chosen, index, index + 1))}
            >
              <ArrowDown className="size-3.5" aria-hidden="true" />
            </IconButton>
            <IconButton
              size="sm"
              className="size-6"
              label={`Take ${title(key)} away`}
              onClick={() => onChange(chosen.filter(other => other !== key))}
            >
              <X className="size-3.5" aria-hidden="true" />
            </IconButton>
          </li>
        ))}
        {chosen.length === 0 && <li className="text-ink-faint px-3 py-2 text-sm">Tick at least one metric.</li>}
      </ol>
    </div>
  );
}
