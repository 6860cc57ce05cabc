import { cn } from '@/lib/cn';
import { DASH, toneOf, type NumberLike } from '@/lib/format';
import type { ReactNode } from 'react';

/** A number whose sign matters: green above zero, red below. */
export function Signed({ value, children, className }: { value: NumberLike; children: ReactNode; className?: string }) {
  const tone = toneOf(value);
  return (
    <span className={cn(tone === 'positive' && 'text-positive', tone === 'negative' && 'text-negative', className)}>
      {children}
    </span>
  );
}

/** A text that may be missing. */
export function Text({
  value,
  mono = false,
  className,
  title,
}: {
  value: string | null | undefined;
  mono?: boolean;
  className?: string;
  title?: string;
}) {
  if (!value) return <span className="text-ink-faint">{DASH}</span>;
  return (
    <span title={title ?? value} className={cn('block truncate', mono && 'font-mono text-xs', className)}>
      {value}
    </span>
  );
}
