import type { Vocabulary } from '@/api/types';
import { Braces } from 'lucide-react';
import { useState } from 'react';
import { Button } from './ui/button';
import { OptionList } from './ui/option-list';
import { Popover } from './ui/popover';

/** A button that inserts one of the macros into a URL. */
export function MacroPicker({ macros, onInsert }: { macros: Vocabulary['macros']; onInsert: (macro: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Macros"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant="ghost" size="sm" className="-my-1.5 h-6 px-1.5">
          <Braces className="size-3.5" aria-hidden="true" />
          Insert macro
        </Button>
      }
    >
      <OptionList
        label="macros"
        options={macros.map(macro => ({
          value: macro.name,
          label: macro.name,
          hint: macro.description,
          keywords: macro.description,
        }))}
        selected={[]}
        onPick={macro => {
          onInsert(macro);
          setOpen(false);
        }}
      />
    </Popover>
  );
}
