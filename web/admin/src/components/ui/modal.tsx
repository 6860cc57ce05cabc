import { cn } from '@/lib/cn';
import { X } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { IconButton } from './button';
import { LayerContext } from './layer';

export interface ModalProps {
  title: ReactNode;
  description?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  /** A sheet slides in from the right and is as high as the window; a dialog stands in the middle. */
  shape?: 'dialog' | 'sheet';
  width?: 'sm' | 'md' | 'lg' | 'xl';
  /** Asks before closing, for instance when a form has changes. Return false to stay. */
  beforeClose?: () => boolean;
}

const WIDTHS = { sm: 'sm:max-w-md', md: 'sm:max-w-lg', lg: 'sm:max-w-2xl', xl: 'sm:max-w-4xl' };

/**
 * The browser's own modal dialog: focus trap, Escape and inert background come with it, and it injects no style element, so it
 * works under a strict content security policy.
 */
export function Modal({
  title,
  description,
  onClose,
  children,
  footer,
  shape = 'dialog',
  width = 'md',
  beforeClose,
}: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [layer, setLayer] = useState<HTMLElement | null>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) {
      // showModal() focuses the first button; a field that asked for focus, or the content, is the better place to start.
      const wanted = element.contains(document.activeElement)
        ? (document.activeElement as HTMLElement)
        : content.current;
      element.showModal();
      wanted?.focus();
    }
    setLayer(element);
    return () => element?.close();
  }, []);
  const close = () => {
    if (beforeClose && !beforeClose()) return;
    onClose();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape closes; the click is on the backdrop
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={event => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        close();
      }}
      onMouseDown={event => {
        if (event.target === dialog.current) close();
      }}
      className={cn(
        'text-ink bg-surface border-line shadow-pop fixed max-h-none flex-col overflow-hidden border p-0 open:flex',
        shape === 'sheet'
          ? 'animate-sheet top-0 right-0 bottom-0 left-auto m-0 h-dvh w-full max-w-full rounded-none sm:rounded-l-xl'
          : 'animate-in inset-0 m-auto h-fit max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] max-w-full rounded-xl',
        WIDTHS[width],
      )}
    >
      <LayerContext value={layer}>
        <header className="border-line flex items-start justify-between gap-3 border-b px-5 py-3.5">
          <div className="min-w-0">
            <h2 id={titleId} className="truncate text-base font-semibold">
              {title}
            </h2>
            {description && <p className="text-ink-faint text-xs">{description}</p>}
          </div>
          <IconButton label="Close" onClick={close} className="-my-1 -mr-2">
            <X className="size-4" />
          </IconButton>
        </header>
        <div ref={content} tabIndex={-1} className="scroll-thin min-h-0 flex-1 overflow-y-auto px-5 py-4 outline-none">
          {children}
        </div>
        {footer && (
          <footer className="border-line bg-sunken flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">
            {footer}
          </footer>
        )}
      </LayerContext>
    </dialog>
  );
}
