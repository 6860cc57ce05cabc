import { cn } from '@/lib/cn';
import { Popover as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useLayer } from './layer';

interface PopoverProps {
  trigger: ReactNode;
  children: ReactNode;
  label: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: 'start' | 'center' | 'end';
  className?: string;
  /** Whether the trigger gets the focus back on closing: not when what was picked opens something itself. */
  givesFocusBack?: () => boolean;
}

export function Popover({
  trigger,
  children,
  label,
  open,
  onOpenChange,
  align = 'start',
  className,
  givesFocusBack,
}: PopoverProps) {
  const layer = useLayer();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={layer}>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={4}
          onCloseAutoFocus={event => {
            if (givesFocusBack?.() === false) event.preventDefault();
          }}
          collisionPadding={8}
          className={cn(
            'bg-raised border-line shadow-pop animate-in z-50 max-w-[calc(100vw-1rem)] rounded-lg border outline-none',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
