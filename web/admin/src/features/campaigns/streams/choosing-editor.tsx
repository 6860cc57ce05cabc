import { Problems } from '@/components/form/problems';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { CHOOSING_HINTS, CHOOSING_TITLES, choosingOf, type ChoosingMode, type ChoosingType } from '@/lib/caps';
import type { ReactNode } from 'react';

const TYPES = Object.keys(CHOOSING_TITLES) as ChoosingType[];

const GOALS = [
  { value: 'epc', label: 'Revenue per click' },
  { value: 'roi', label: 'Return on cost (ROI)' },
  { value: 'cr', label: 'Conversions per click' },
] as const;

interface ChoosingEditorProps {
  choosing: ChoosingMode;
  onChange: (choosing: ChoosingMode) => void;
  stream: string;
  path: string;
}

/** How one of several is chosen, with the parameters of the mode. */
export function ChoosingEditor({ choosing, onChange, stream, path }: ChoosingEditorProps) {
  return (
    <div className="grid grid-cols-1 gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Select
          aria-label={`How ${stream} chooses`}
          className="w-40"
          value={choosing.type}
          options={TYPES.map(type => ({ value: type, label: CHOOSING_TITLES[type] }))}
          onChange={type => onChange(choosingOf(type))}
        />
        <p className="text-ink-faint min-w-48 flex-1 text-xs">{CHOOSING_HINTS[choosing.type]}</p>
      </div>
      {choosing.type === 'sticky' && (
        <div className="grid gap-3 sm:grid-cols-3">
          <Whole
            label="Keep the choice for, hours"
            hint={hoursInDays(choosing.ttl_hours)}
            value={choosing.ttl_hours}
            max={8784}
            onChange={ttl_hours => onChange({ ...choosing, ttl_hours })}
            path={`${path}.ttl_hours`}
          />
        </div>
      )}
      {choosing.type === 'adaptive' && (
        <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <Field label="Raise">
            {control => (
              <Select
                {...control}
                value={choosing.goal ?? 'epc'}
                options={GOALS}
                onChange={goal => onChange({ ...choosing, goal })}
              />
            )}
          </Field>
          <Whole
            label="Compare after, clicks"
            hint="Each gets so many first."
            value={choosing.clicks_min ?? 100}
            max={1_000_000}
            onChange={clicks_min => onChange({ ...choosing, clicks_min })}
            path={`${path}.clicks_min`}
          />
          <Field label="Exploration, %" hint="Goes on being spread by weight.">
            {control => (
              <>
                <Input
                  {...control}
                  inputMode="decimal"
                  value={choosing.exploration ?? '10'}
                  onChange={event => onChange({ ...choosing, exploration: event.target.value })}
                />
                <Problems path={`${path}.exploration`} />
              </>
            )}
          </Field>
          <Whole
            label="Half-life, hours"
            hint="Then a click counts half."
            value={choosing.half_life_hours ?? 72}
            max={744}
            onChange={half_life_hours => onChange({ ...choosing, half_life_hours })}
            path={`${path}.half_life_hours`}
          />
        </div>
      )}
      <Problems path={path} />
    </div>
  );
}

export function hoursInDays(hours: number): string | undefined {
  if (!Number.isFinite(hours) || hours < 48) return undefined;
  const days = hours / 24;
  return `${Number.isInteger(days) ? days : days.toFixed(1)} days`;
}

interface WholeProps {
  label: string;
  hint?: ReactNode;
  value: number;
  max: number;
  onChange: (value: number) => void;
  path: string;
}

/** A whole number of at least 1. */
export function Whole({ label, hint, value, max, onChange, path }: WholeProps) {
  return (
    <Field label={label} hint={hint}>
      {control => (
        <>
          <Input
            {...control}
            type="number"
            min={1}
            max={max}
            value={value}
            onChange={event => onChange(Math.round(event.target.valueAsNumber) || 0)}
          />
          <Problems path={path} />
        </>
      )}
    </Field>
  );
}
