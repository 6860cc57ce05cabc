import { cn } from '@/lib/cn';
import { customRange, RANGE_TOKENS, rangeLabel } from '@/lib/range';
import { todayIn } from '@/lib/time';
import { CalendarDays, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { DayPicker, type DateRange, type Modifiers } from 'react-day-picker';
import 'react-day-picker/style.css';
import { Button } from './ui/button';
import { Popover } from './ui/popover';

interface DateRangePickerProps {
  value: string;
  onChange: (value: string) => void;
  timezone: string;
  /** What the button says while no range is chosen. */
  unset?: string;
  /** What is offered beside days: token and label. */
  tokens?: readonly (readonly [string, string])[];
  align?: 'start' | 'end';
}

/** Local midnight stands for a calendar day here; only its year, month and day are ever read. */
function toDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function fromDay(day: string): Date {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date);
}

/** Read out for a day; begins with what is seen. */
function dayLabel(date: Date, modifiers: Modifiers): string {
  const text = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', weekday: 'long' });
  return `${text}${modifiers.today ? ', today' : ''}${modifiers.selected ? ', selected' : ''}`;
}

export function DateRangePicker({
  value,
  onChange,
  timezone,
  unset = 'Date range',
  tokens = RANGE_TOKENS,
  align = 'end',
}: DateRangePickerProps) {
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<DateRange | undefined>();
  const custom = customRange(value);
  const chosen = value ? (tokens.find(([token]) => token === value)?.[1] ?? rangeLabel(value)) : unset;
  const today = fromDay(todayIn(timezone));
  const choose = (next: string) => {
    onChange(next);
    setOpen(false);
  };
  const onOpenChange = (next: boolean) => {
    setDraft(custom ? { from: fromDay(custom.from), to: fromDay(custom.to) } : undefined);
    setOpen(next);
  };
  return (
    <Popover
      label="Date range"
      align={align}
      open={open}
      onOpenChange={onOpenChange}
      className="flex flex-col sm:flex-row"
      trigger={
        <Button aria-label={`Date range: ${chosen}`}>
          <CalendarDays className="text-ink-faint size-3.5" aria-hidden="true" />
          {chosen}
          <ChevronDown className="text-ink-faint size-3.5" aria-hidden="true" />
        </Button>
      }
    >
      <ul className="border-line grid grid-cols-3 gap-0.5 border-b p-1.5 sm:w-36 sm:grid-cols-1 sm:content-start sm:border-r sm:border-b-0">
        {tokens.map(([token, label]) => (
          <li key={token}>
            <button
              type="button"
              aria-pressed={token === value}
              onClick={() => choose(token)}
              className={cn(
                'hover:bg-sunken dark:hover:bg-line h-7.5 w-full rounded px-2 text-left text-xs sm:text-sm',
                token === value && 'bg-accent-soft text-accent-text hover:bg-accent-soft font-medium',
              )}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <div className="p-3">
        <DayPicker
          mode="range"
          className="calendar"
          selected={draft}
          onSelect={setDraft}
          defaultMonth={draft?.from ?? today}
          today={today}
          disabled={{ after: today }}
          weekStartsOn={1}
          showOutsideDays
          labels={{ labelDayButton: dayLabel }}
        />
        <div className="flex items-center justify-between gap-2 pt-2">
          <span className="text-ink-faint text-xs">{timezone}</span>
          <Button
            variant="primary"
            size="sm"
            disabled={!draft?.from}
            onClick={() => {
              if (draft?.from) choose(`${toDay(draft.from)}..${toDay(draft.to ?? draft.from)}`);
            }}
          >
            Apply
          </Button>
        </div>
      </div>
    </Popover>
  );
}
