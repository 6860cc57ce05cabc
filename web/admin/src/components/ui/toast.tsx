/**
 * Short messages at the edge of the window. Our own and not a package, because the packages inject a style element, which a strict
 * content security policy refuses.
 */
import { cn } from '@/lib/cn';
import { CircleAlert, CircleCheck, TriangleAlert, X } from 'lucide-react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { IconButton } from './button';

interface Toast {
  id: number;
  tone: keyof typeof TONES;
  title: string;
  detail?: string;
}

const TONES = {
  success: { icon: CircleCheck, color: 'text-positive', shown_ms: 4000 },
  warning: { icon: TriangleAlert, color: 'text-warning', shown_ms: 9000 },
  error: { icon: CircleAlert, color: 'text-negative', shown_ms: 9000 },
};
const SHOWN_MAX = 4;
let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function add(tone: Toast['tone'], title: string, detail?: string) {
  const toast: Toast = { id: nextId++, tone, title, ...(detail ? { detail } : {}) };
  publish([...toasts, toast].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(toast.id), TONES[tone].shown_ms);
}

function dismiss(id: number) {
  publish(toasts.filter(toast => toast.id !== id));
}

export const toast = {
  success: (title: string, detail?: string) => add('success', title, detail),
  /** It was done, and probably not as it was meant. */
  warning: (title: string, detail?: string) => add('warning', title, detail),
  error: (title: string, detail?: string) => add('error', title, detail),
};

/** Shown once, at the root. A popover, so that messages stand above modal dialogs. */
export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = region.current;
    if (!element) return;
    if (element.matches(':popover-open')) element.hidePopover();
    if (shown.length > 0) element.showPopover();
  }, [shown]);
  return (
    <div
      ref={region}
      popover="manual"
      role="region"
      aria-label="Messages"
      className="fixed inset-auto right-4 bottom-4 m-0 w-[22rem] max-w-[calc(100vw-2rem)] space-y-2 border-0 bg-transparent p-0"
    >
      <div aria-live="polite" className="space-y-2">
        {shown.map(item => (
          <Row key={item.id} toast={item} />
        ))}
      </div>
    </div>
  );
}

function Row({ toast: item }: { toast: Toast }) {
  const { icon: Icon, color } = TONES[item.tone];
  return (
    <div className="bg-raised border-line text-ink shadow-pop animate-in flex items-start gap-2.5 rounded-lg border p-3 text-sm">
      <Icon className={cn('mt-0.5 size-4 shrink-0', color)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{item.title}</p>
        {item.detail && <p className="text-ink-faint mt-0.5 text-xs break-words">{item.detail}</p>}
      </div>
      <IconButton label="Dismiss message" size="sm" onClick={() => dismiss(item.id)} className="-mt-1 -mr-1">
        <X className="size-3.5" />
      </IconButton>
    </div>
  );
}
