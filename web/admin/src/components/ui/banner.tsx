import { cn } from '@/lib/cn';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const LOOKS = {
  info: { icon: Info, class: 'bg-accent-soft text-accent-text' },
  success: { icon: CircleCheck, class: 'bg-positive-soft text-positive' },
  warning: { icon: TriangleAlert, class: 'bg-warning-soft text-warning' },
  error: { icon: CircleAlert, class: 'bg-negative-soft text-negative' },
};

interface BannerProps {
  tone: keyof typeof LOOKS;
  title?: string;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

export function Banner({ tone, title, children, actions, className }: BannerProps) {
  const look = LOOKS[tone];
  return (
    <div
      role={tone === 'error' ? 'alert' : undefined}
      className={cn(
        'flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg px-3.5 py-2.5 text-sm',
        look.class,
        className,
      )}
    >
      <look.icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 basis-48">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className="text-ink-soft text-sm break-words">{children}</div>}
      </div>
      {actions}
    </div>
  );
}
