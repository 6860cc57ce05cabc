import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';

interface FoldProps {
  title: string;
  /** What is set inside, in a few words; shown while it is folded. */
  summary?: string;
  /** Whether it begins unfolded. */
  open: boolean;
  children: ReactNode;
}

/** A part of a form that can be folded away. The browser's own disclosure, so that its search and keyboard work. */
export function Fold({ title, summary, open: initially, children }: FoldProps) {
  const [open, setOpen] = useState(initially);
  return (
    <details open={open} onToggle={event => setOpen(event.currentTarget.open)} className="group">
      <summary className="hover:bg-sunken/60 flex min-h-9 list-none items-center gap-1.5 rounded-lg py-1.5 pr-3 pl-2 text-xs [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden="true"
          className="text-ink-faint size-3.5 shrink-0 transition-transform group-open:rotate-90"
        />
        <span className="text-ink-soft shrink-0 font-medium">{title}</span>
        {summary && <span className="text-ink-faint ml-1 min-w-0 truncate group-open:hidden">{summary}</span>}
      </summary>
      <div className="grid grid-cols-1 gap-3 px-3 pt-1 pb-3">{children}</div>
    </details>
  );
}
