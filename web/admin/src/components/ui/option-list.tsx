import { cn } from '@/lib/cn';
import { Check, Search } from 'lucide-react';
import { useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

export interface PickOption {
  value: string;
  label: string;
  /** Second line or right-hand note. */
  hint?: string;
  /** Further words that find it. */
  keywords?: string;
  group?: string;
}

interface OptionListProps {
  label: string;
  options: readonly PickOption[];
  selected: readonly string[];
  onPick: (value: string) => void;
  /** Lets a text that is not in the list be taken, with this wording. */
  custom?: (text: string) => string | null;
  placeholder?: string;
  footer?: ReactNode;
  /** Said when no option fits what was typed. */
  nothing?: string;
}

const SHOWN_MAX = 200;

/** Best matches first: beginning of the label, then anywhere. */
export function filterOptions(options: readonly PickOption[], query: string): PickOption[] {
  const needle = query.trim().toLowerCase();
  if (!needle) return options.slice(0, SHOWN_MAX);
  const starts: PickOption[] = [];
  const contains: PickOption[] = [];
  for (const option of options) {
    const label = option.label.toLowerCase();
    if (label.startsWith(needle) || option.value.toLowerCase() === needle) starts.push(option);
    else if (`${label} ${option.hint ?? ''} ${option.keywords ?? ''}`.toLowerCase().includes(needle))
      contains.push(option);
  }
  return [...starts, ...contains].slice(0, SHOWN_MAX);
}

/** A searchable list for popovers: type to filter, arrows to move, Enter to take. */
export function OptionList(props: OptionListProps) {
  const { label, options, selected, onPick, custom, placeholder, footer, nothing = 'Nothing found' } = props;
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const shown = useMemo(() => filterOptions(options, query), [options, query]);
  const text = query.trim();
  const customLabel =
    text && custom && !shown.some(option => option.label.toLowerCase() === text.toLowerCase()) ? custom(text) : null;
  const count = shown.length + (customLabel ? 1 : 0);
  const pick = (index: number) => {
    const option = shown[index];
    if (option) onPick(option.value);
    else if (customLabel) {
      onPick(text);
      setQuery('');
    }
  };
  const move = (to: number) => {
    const next = count === 0 ? 0 : (to + count) % count;
    setActive(next);
    list.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'Enter') pick(active);
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex w-72 max-w-full flex-col">
      <div className="border-line relative border-b">
        <Search className="text-ink-faint absolute top-1/2 left-3 size-3.5 -translate-y-1/2" aria-hidden="true" />
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the panel was opened to type here
          autoFocus
          role="combobox"
          aria-label={`Search ${label}`}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={count > 0 ? `${id}-${active}` : undefined}
          value={query}
          placeholder={placeholder ?? 'Search…'}
          onChange={event => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-9 w-full bg-transparent pr-3 pl-8.5 text-sm outline-none"
        />
      </div>
      <ul
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        className="scroll-thin max-h-64 overflow-y-auto p-1"
      >
        {shown.map((option, index) => (
          <Row
            key={option.value}
            id={`${id}-${index}`}
            index={index}
            option={option}
            heading={option.group && option.group !== shown[index - 1]?.group ? option.group : undefined}
            active={index === active}
            chosen={selected.includes(option.value)}
            onHover={() => setActive(index)}
            onPick={() => pick(index)}
          />
        ))}
        {customLabel && (
          <Row
            id={`${id}-${shown.length}`}
            index={shown.length}
            option={{ value: text, label: customLabel }}
            active={active === shown.length}
            chosen={false}
            onHover={() => setActive(shown.length)}
            onPick={() => pick(shown.length)}
          />
        )}
        {count === 0 && (
          <li role="presentation" className="text-ink-faint px-2 py-3 text-center text-sm">
            {nothing}
          </li>
        )}
      </ul>
      {footer && <div className="border-line border-t p-1">{footer}</div>}
    </div>
  );
}

interface RowProps {
  id: string;
  index: number;
  option: PickOption;
  heading?: string | undefined;
  active: boolean;
  chosen: boolean;
  onHover: () => void;
  onPick: () => void;
}

function Row({ id, index, option, heading, active, chosen, onHover, onPick }: RowProps) {
  return (
    <>
      {heading && (
        <li
          role="presentation"
          className="text-ink-faint px-2 pt-2 pb-1 text-2xs font-semibold tracking-wide uppercase"
        >
          {heading}
        </li>
      )}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are handled by the combobox input */}
      <li
        id={id}
        data-index={index}
        role="option"
        aria-selected={chosen}
        onMouseMove={onHover}
        onClick={onPick}
        className={cn(
          'flex min-h-8 cursor-pointer items-center gap-2 rounded px-2 py-1 text-sm',
          active && 'bg-sunken dark:bg-line',
        )}
      >
        <span className="min-w-0 flex-1 truncate">{option.label}</span>
        {option.hint && <span className="text-ink-faint max-w-36 shrink-0 truncate text-xs">{option.hint}</span>}
        {chosen && <Check aria-hidden="true" className="text-accent-text size-3.5 shrink-0" />}
      </li>
    </>
  );
}
