import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Input } from './ui/input';

interface SearchInputProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
}

const QUIET_MS = 200;

/** A search box whose text goes into the URL when typing pauses. */
export function SearchInput({ value, onChange, label }: SearchInputProps) {
  /** What is typed and not in the URL yet. */
  const [draft, setDraft] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      onChange(text);
      setDraft(null);
    }, QUIET_MS);
  };
  return (
    <div className="relative w-full sm:w-56">
      <Search className="text-ink-faint absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2" aria-hidden="true" />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        value={draft ?? value}
        onChange={event => type(event.target.value)}
        className="pl-8"
      />
    </div>
  );
}
