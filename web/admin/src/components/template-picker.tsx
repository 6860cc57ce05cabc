import { LayoutTemplate } from 'lucide-react';
import { useState } from 'react';
import { Button } from './ui/button';
import { OptionList } from './ui/option-list';
import { Popover } from './ui/popover';

interface Template {
  name: string;
  kind: string;
  pages: string[];
}

interface TemplatePickerProps<T extends Template> {
  /** What the templates are of, such as “traffic sources”. */
  label: string;
  templates: readonly T[];
  onPick: (template: T) => void;
}

/** Fills a new form with what is publicly known of a source or network: open, choose. */
export function TemplatePicker<T extends Template>({ label, templates, onPick }: TemplatePickerProps<T>) {
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState<T | null>(null);
  const pick = (name: string) => {
    const template = templates.find(it => it.name === name);
    setOpen(false);
    if (!template) return;
    setPicked(template);
    onPick(template);
  };
  return (
    <div className="bg-accent-soft/60 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg px-3.5 py-2.5">
      <Popover
        label={`Templates of ${label}`}
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button size="sm">
            <LayoutTemplate className="size-3.5" aria-hidden="true" /> Start from a template
          </Button>
        }
      >
        <OptionList
          label={`templates of ${label}`}
          placeholder={`Search ${templates.length} ${label}…`}
          options={templates.map(({ name, kind }) => ({ value: name, label: name, hint: kind, keywords: kind }))}
          selected={picked ? [picked.name] : []}
          onPick={pick}
          nothing="Nothing found: close this and fill in the form by hand"
        />
      </Popover>
      <p className="text-ink-soft min-w-0 flex-1 basis-48 text-xs">
        {picked ? (
          <>
            Filled with what {picked.pages.length === 1 ? 'this page says' : 'these pages say'}; check it in your
            account:{' '}
            {picked.pages.map((page, index) => (
              <span key={page}>
                {index > 0 && ', '}
                <a href={page} target="_blank" rel="noreferrer" className="text-accent-text underline">
                  {new URL(page).host}
                </a>
              </span>
            ))}
          </>
        ) : (
          `Macros and addresses of ${templates.length} ${label}, from their public pages.`
        )}
      </p>
    </div>
  );
}
