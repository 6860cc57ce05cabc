import type { Schedule } from '@/api/types';
import { DAYS, dayTitle } from '@/lib/caps';
import { cn } from '@/lib/cn';
import { timezones } from '@/lib/time';
import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '../ui/button';
import { Combobox } from '../ui/combobox';
import { Field } from '../ui/field';
import { Input } from '../ui/input';
import { Segmented } from '../ui/toggle';
import { Problems } from './problems';

interface ScheduleEditorProps {
  schedule: Schedule | null;
  onChange: (schedule: Schedule | null) => void;
  /** What it is the schedule of, for screen readers. */
  of: string;
  timezone: string;
  path: string;
}

type Slot = NonNullable<Schedule['weekly']>[number];

const WORKDAYS: Slot = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], time: '09:00-18:00' };

/** When something takes traffic: always, or between dates, on days and at times. */
export function ScheduleEditor({ schedule, onChange, of, timezone, path }: ScheduleEditorProps) {
  const mode = schedule ? 'schedule' : 'always';
  return (
    <div className="grid grid-cols-1 gap-2">
      <Segmented
        label={`When ${of} takes traffic`}
        size="sm"
        className="w-fit"
        value={mode}
        options={[
          { value: 'always', label: 'Always' },
          { value: 'schedule', label: 'On a schedule' },
        ]}
        onChange={next =>
          onChange(next === 'always' ? null : { timezone: null, from: null, until: null, weekly: [WORKDAYS] })
        }
      />
      {schedule && <Open schedule={schedule} onChange={onChange} timezone={timezone} path={path} />}
    </div>
  );
}

interface OpenProps {
  schedule: Schedule;
  onChange: (schedule: Schedule) => void;
  timezone: string;
  path: string;
}

function Open({ schedule, onChange, timezone, path }: OpenProps) {
  const weekly = schedule.weekly ?? [];
  const set = (patch: Partial<Schedule>) => onChange({ ...schedule, ...patch });
  const setSlot = (index: number, patch: Partial<Slot>) =>
    set({ weekly: weekly.map((slot, at) => (at === index ? { ...slot, ...patch } : slot)) });
  return (
    <div className="border-line bg-sunken/60 grid grid-cols-1 gap-3 rounded-lg border p-2.5">
      <div className="grid grid-cols-1 gap-1.5">
        {weekly.map((slot, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- slots are edited in place and have no identity
          <div key={index} className="grid grid-cols-1 gap-1">
            <Week
              slot={slot}
              number={index + 1}
              onChange={patch => setSlot(index, patch)}
              onRemove={() => set({ weekly: weekly.filter((_, at) => at !== index) })}
            />
            <Problems path={`${path}.weekly[${index}]`} deep />
          </div>
        ))}
        <div className="flex flex-wrap items-center gap-2">
          <Button size="sm" onClick={() => set({ weekly: [...weekly, WORKDAYS] })}>
            <Plus className="size-3.5" /> Add weekly times
          </Button>
          {weekly.length === 0 && <span className="text-ink-faint text-xs">Every day, all day.</span>}
        </div>
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-3">
        <Moment label="From" value={schedule.from ?? ''} onChange={from => set({ from })} path={`${path}.from`} />
        <Moment label="Until" value={schedule.until ?? ''} onChange={until => set({ until })} path={`${path}.until`} />
        <Field label="Timezone">
          {control => (
            <Combobox
              label="Timezone"
              control={control}
              none={`${timezone} (workspace)`}
              options={timezones().map(zone => ({ value: zone, label: zone }))}
              value={schedule.timezone ?? null}
              onChange={zone => set({ timezone: zone })}
            />
          )}
        </Field>
      </div>
      <Problems path={path} />
    </div>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onChange: (value: string | null) => void;
  path: string;
}

/** A local date and time; a date alone came from elsewhere and is kept until it is edited. */
function Moment({ label, value, onChange, path }: MomentProps) {
  const dateOnly = value !== '' && !value.includes('T');
  return (
    <Field label={label} optional hint={dateOnly ? 'Whole day.' : undefined}>
      {control => (
        <>
          <Input
            {...control}
            type={dateOnly ? 'date' : 'datetime-local'}
            value={value}
            onChange={event => onChange(event.target.value || null)}
          />
          <Problems path={path} />
        </>
      )}
    </Field>
  );
}

interface WeekProps {
  slot: Slot;
  number: number;
  onChange: (patch: Partial<Slot>) => void;
  onRemove: () => void;
}

function Week({ slot, number, onChange, onRemove }: WeekProps) {
  const [from = '', to = ''] = slot.time.split('-', 2);
  const toggle = (day: string) => {
    const chosen = new Set(slot.days);
    if (!chosen.delete(day)) chosen.add(day);
    onChange({ days: DAYS.filter(other => chosen.has(other)) });
  };
  return (
    <div className="border-line bg-surface flex flex-wrap items-center gap-x-2 gap-y-1.5 rounded-md border p-1.5">
      <div role="group" aria-label={`Days of times ${number}`} className="flex flex-wrap gap-1">
        {DAYS.map(day => {
          const on = slot.days.includes(day);
          return (
            <button
              key={day}
              type="button"
              aria-pressed={on}
              onClick={() => toggle(day)}
              className={cn(
                'border-line h-7 rounded border px-1.5 text-xs font-medium transition-colors',
                on ? 'bg-accent-soft text-accent-text border-accent/40' : 'text-ink-faint hover:text-ink',
              )}
            >
              {dayTitle(day)}
            </button>
          );
        })}
      </div>
      <span className="flex items-center gap-1.5">
        <Input
          type="time"
          aria-label={`Times ${number}, from`}
          value={from}
          onChange={event => onChange({ time: `${event.target.value}-${to}` })}
          className="w-auto"
        />
        <span className="text-ink-faint text-xs">to</span>
        <Input
          type="time"
          aria-label={`Times ${number}, to`}
          value={to === '24:00' ? '00:00' : to}
          onChange={event => onChange({ time: `${from}-${event.target.value}` })}
          className="w-auto"
        />
      </span>
      {from !== '' && to !== '' && to < from && <span className="text-ink-faint text-xs">over midnight</span>}
      <IconButton size="sm" className="ml-auto" label={`Remove times ${number}`} onClick={onRemove}>
        <X className="size-3.5" />
      </IconButton>
    </div>
  );
}
