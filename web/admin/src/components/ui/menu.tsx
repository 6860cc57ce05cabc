import { cn } from '@/lib/cn';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useLayer } from './layer';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  /** Why the action cannot be used now; shown instead of hiding it. */
  disabled?: string | false | undefined;
  danger?: boolean;
  checked?: boolean;
}

interface MenuProps {
  trigger: ReactNode;
  items: (MenuItem | 'separator')[];
  header?: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom' | 'right';
}

/** A menu of actions. Not modal, so that no style element is injected to lock scrolling. */
export function Menu({ trigger, items, header, align = 'end', side = 'bottom' }: MenuProps) {
  const layer = useLayer();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={layer}>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="bg-raised border-line shadow-pop animate-in z-50 max-h-[70dvh] min-w-44 overflow-y-auto rounded-lg border p-1"
        >
          {header && <div className="border-line text-ink-faint mb-1 border-b px-2 pt-1 pb-2 text-xs">{header}</div>}
          {items.map((item, index) =>
            item === 'separator' ? (
              // oxlint-disable-next-line react/no-array-index-key -- separators have no identity
              <DropdownMenu.Separator key={index} className="bg-line my-1 h-px" />
            ) : (
              <Row key={item.label} item={item} />
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Row({ item }: { item: MenuItem }) {
  const disabled = typeof item.disabled === 'string';
  return (
    <DropdownMenu.Item
      onSelect={event => {
        if (disabled) event.preventDefault();
        else item.onSelect();
      }}
      aria-disabled={disabled || undefined}
      className={cn(
        'flex min-h-7.5 cursor-pointer items-center gap-2 rounded px-2 py-1 text-sm outline-none select-none',
        'data-highlighted:bg-sunken dark:data-highlighted:bg-line [&_svg]:size-3.5 [&_svg]:shrink-0',
        item.danger && 'text-negative data-highlighted:bg-negative-soft',
        item.checked && 'text-accent-text font-medium',
        disabled && 'text-ink-faint cursor-not-allowed',
      )}
    >
      {item.icon}
      <span>
        {item.label}
        {disabled && <span className="block max-w-56 text-xs">{item.disabled}</span>}
      </span>
    </DropdownMenu.Item>
  );
}
