import type { Cap } from '@/api/types';
import { newCap } from '@/lib/caps';
import { timezones } from '@/lib/time';
import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '../ui/button';
import { Combobox } from '../ui/combobox';
import { Input, Select } from '../ui/input';
import { Problems } from './problems';

const MEASURES = [
  { value: 'clicks', label: 'clicks' },
  { value: 'conversions', label: 'conversions' },
  { value: 'cost', label: 'cost' },
  { value: 'revenue', label: 'revenue' },
] as const;

const PERIODS = [
  { value: 'hour', label: 'per hour' },
  { value: 'day', label: 'per day' },
  { value: 'total', label: 'in total' },
  { value: 'rolling', label: 'in the last … hours' },
] as const;

const MAX = 20;

interface CapsEditorProps {
  caps: readonly Cap[];
  onChange: (caps: Cap[]) => void;
  /** What they limit, for screen readers: "stream Germany". */
  of: string;
  currency: string;
  timezone: string;
  path: string;
}

/** Limits of something. All of them hold; the first that is reached stops it. */
export function CapsEditor({ caps, onChange, of, currency, timezone, path }: CapsEditorProps) {
  const set = (index: number, patch: Partial<Cap>) =>
    onChange(caps.map((cap, at) => (at === index ? { ...cap, ...patch } : cap)));
  return (
    <div className="grid grid-cols-1 gap-1.5">
      {caps.map((cap, index) => {
        const money = cap.measure === 'cost' || cap.measure === 'revenue';
        const local = cap.period.type === 'hour' || cap.period.type === 'day';
        const name = `cap ${index + 1} of ${of}`;
        return (
          // oxlint-disable-next-line react/no-array-index-key -- caps are edited in place and have no identity
          <div key={index} className="border-line bg-surface grid grid-cols-1 gap-1.5 rounded-md border p-1.5">
            <div className="flex flex-wrap items-center gap-1.5">
              <Input
                aria-label={`Limit, ${name}`}
                inputMode="decimal"
                placeholder={money ? '0.00' : '1000'}
                value={cap.limit}
                onChange={event => set(index, { limit: event.target.value })}
                className="num w-24 text-right"
              />
              {money && <span className="text-ink-faint text-xs">{currency}</span>}
              <Select
                aria-label={`Measure, ${name}`}
                className="w-32"
                value={cap.measure}
                options={MEASURES}
                onChange={measure => set(index, { measure })}
              />
              <Select
                aria-label={`Period, ${name}`}
                className="w-40"
                value={cap.period.type}
                options={PERIODS}
                onChange={type => set(index, { period: type === 'rolling' ? { type, hours: 24 } : { type } })}
              />
              {cap.period.type === 'rolling' && (
                <Input
                  type="number"
                  min={1}
                  max={744}
                  aria-label={`Hours, ${name}`}
                  value={cap.period.hours}
                  onChange={event =>
                    set(index, { period: { type: 'rolling', hours: Math.round(event.target.valueAsNumber) || 0 } })
                  }
                  className="num w-18 text-right"
                />
              )}
              {local && (
                <Combobox
                  label={`Timezone, ${name}`}
                  className="w-48"
                  none={`${timezone} (workspace)`}
                  options={timezones().map(zone => ({ value: zone, label: zone }))}
                  value={cap.timezone ?? null}
                  onChange={zone => set(index, { timezone: zone })}
                />
              )}
              <IconButton
                size="sm"
                className="ml-auto"
                label={`Remove ${name}`}
                onClick={() => onChange(caps.filter((_, at) => at !== index))}
              >
                <X className="size-3.5" />
              </IconButton>
            </div>
            <Problems path={`${path}[${index}]`} deep />
          </div>
        );
      })}
      <div>
        <Button
          size="sm"
          disabled={caps.length >= MAX}
          title={caps.length >= MAX ? `${MAX} caps are allowed` : undefined}
          onClick={() => onChange([...caps, newCap()])}
        >
          <Plus className="size-3.5" /> Add cap
        </Button>
      </div>
      <Problems path={path} />
    </div>
  );
}
