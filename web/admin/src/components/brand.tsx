import { cn } from '@/lib/cn';

/** The mark: points of a railway, one track in, two out. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cn('size-7', className)}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M16 26v-7c0-4-7-4.5-7-10M16 19c0-4 7-4.5 7-10"
        fill="none"
        stroke="white"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="9" cy="7.5" r="2.6" fill="#8ce99a" />
      <circle cx="23" cy="7.5" r="2.6" fill="white" />
    </svg>
  );
}

export function Brand() {
  return (
    <span className="flex items-center gap-2.5">
      <BrandMark />
      <span className="text-[0.95rem] font-semibold tracking-tight">Signalbox</span>
    </span>
  );
}
