import { cn } from '@/lib/cn';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button';
import { toast } from './toast';

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Plain http pages have no clipboard API; a self-hosted tracker often starts as one. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.className = 'fixed top-0 left-0 opacity-0';
  const host = document.querySelector('dialog:modal') ?? document.body;
  host.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- the only way without a secure context
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

/** Copies and says so in a message, for menus. */
export async function copyText(text: string): Promise<void> {
  if (await copy(text)) toast.success('Copied');
  else toast.error('The browser did not allow copying');
}

function useCopied(text: string) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const run = async () => {
    if (await copy(text)) setCopied(true);
    else toast.error('The browser did not allow copying', 'Select the text and copy it by hand.');
  };
  return { copied, run };
}

/** A text to be taken elsewhere, with its Copy button. */
export function CopyField({
  value,
  label,
  className,
  multiline = false,
}: {
  value: string;
  label: string;
  className?: string;
  multiline?: boolean;
}) {
  const { copied, run } = useCopied(value);
  return (
    <div
      className={cn(
        'bg-sunken border-line flex min-w-0 items-center gap-1 rounded-md border py-1 pr-1 pl-2.5',
        multiline && 'items-start',
        className,
      )}
    >
      <code
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long text must be scrollable by keyboard
        tabIndex={0}
        role="textbox"
        aria-readonly="true"
        className={cn(
          'scroll-thin min-w-0 flex-1 font-mono text-xs select-all',
          multiline ? 'py-1 leading-5 break-all' : 'overflow-x-auto py-1 whitespace-nowrap',
        )}
      >
        {value}
      </code>
      <Button size="sm" variant="secondary" onClick={() => void run()} aria-label={`Copy ${label}`}>
        {copied ? <Check className="text-positive size-3.5" /> : <Copy className="size-3.5" />}
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </Button>
    </div>
  );
}

/** Copy as a small icon, for table cells. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const { copied, run } = useCopied(value);
  return (
    <IconButton
      size="sm"
      label={copied ? 'Copied' : label}
      onClick={event => {
        event.stopPropagation();
        void run();
      }}
      className="size-6"
    >
      {copied ? <Check className="text-positive size-3.5" /> : <Copy className="size-3.5" />}
    </IconButton>
  );
}
