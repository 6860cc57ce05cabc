import { cn } from '@/lib/cn';
import type { QuickView } from './log-kinds';

interface QuickViewsProps {
  label: string;
  views: readonly QuickView[];
  /** Filters as they stand in the URL. */
  now: string;
  onOpen: (filters: string) => void;
}

/** Filters that people look at most, one click away; what they are is seen and changed in the bar below. */
export function QuickViews({ label, views, now, onOpen }: QuickViewsProps) {
  return (
    <div role="group" aria-label={`Views of ${label.toLowerCase()}`} className="mb-2 flex flex-wrap gap-1">
      {views.map(view => (
        <button
          key={view.label}
          type="button"
          aria-pressed={view.filters === now}
          title={view.title}
          onClick={() => onOpen(view.filters)}
          className={cn(
            'hover:bg-sunken text-ink-soft h-7.5 rounded-md px-2.5 text-sm transition-colors',
            view.filters === now && 'bg-accent-soft text-accent-text hover:bg-accent-soft font-medium',
          )}
        >
          {view.label}
        </button>
      ))}
    </div>
  );
}
