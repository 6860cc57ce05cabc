import type { Destination } from '@/api/types';
import { CapsEditor } from '@/components/form/caps-editor';
import { PickField, TextField } from '@/components/form/fields';
import { ScheduleEditor } from '@/components/form/schedule-editor';
import type { ApiForm } from '@/components/form/use-api-form';
import { Fold } from '@/components/ui/fold';
import { Switch } from '@/components/ui/toggle';
import { capText, scheduleText } from '@/lib/caps';
import type { DestinationValues } from './destination-values';

interface DestinationLimitsProps {
  form: ApiForm<DestinationValues>;
  others: readonly Destination[];
  currency: string;
  timezone: string;
}

/** When a destination takes no traffic, and who gets it then. */
export function DestinationLimits({ form, others, currency, timezone }: DestinationLimitsProps) {
  const caps = form.watch('caps');
  const schedule = form.watch('schedule');
  const alternative = others.find(item => item.id === form.watch('alternative_id'));
  const [health, loss] = [form.watch('health'), form.watch('loss_rule')];
  return (
    <div className="border-line divide-line grid grid-cols-1 divide-y rounded-lg border">
      <Fold
        title="Caps and alternative"
        summary={[...caps.map(capText), alternative && `then ${alternative.name}`].filter(Boolean).join(', ') || 'none'}
        open={caps.length > 0 || alternative !== undefined}
      >
        <CapsEditor
          caps={caps}
          onChange={next => form.setValue('caps', next, { shouldDirty: true })}
          of="the destination"
          currency={currency}
          timezone={timezone}
          path="caps"
        />
        <PickField
          form={form}
          name="alternative_id"
          label="Alternative"
          none="None: the next route gets the clicks"
          hint="Gets the clicks when this one takes none, for whatever reason. Its own limits and alternative count in turn."
          options={others.map(item => ({ value: item.id, label: item.name, hint: item.kind }))}
        />
      </Fold>
      <Fold title="Schedule" summary={schedule ? scheduleText(schedule) : 'always'} open={schedule !== null}>
        <ScheduleEditor
          schedule={schedule}
          onChange={next => form.setValue('schedule', next, { shouldDirty: true })}
          of="the destination"
          timezone={timezone}
          path="schedule"
        />
      </Fold>
      <Fold
        title="Health check"
        summary={health.on ? `every ${health.interval_seconds} s, out after ${health.failures} failures` : 'none'}
        open={health.on}
      >
        <Switch
          label="Ask regularly whether it answers"
          checked={health.on}
          onChange={on => form.setValue('health.on', on, { shouldDirty: true })}
        />
        {health.on && (
          <div className="grid items-start gap-3 sm:grid-cols-2">
            <TextField
              form={form}
              name="health.url"
              label="What is asked"
              optional
              mono
              className="sm:col-span-2"
              placeholder="https://offer.example.com/health"
              hint="Without macros. Left empty: its own URL, macros left out."
            />
            <TextField form={form} name="health.interval_seconds" label="Every, seconds" type="number" />
            <TextField
              form={form}
              name="health.failures"
              label="Out after, failures in a row"
              type="number"
              hint="One success brings it back."
            />
          </div>
        )}
      </Fold>
      <Fold
        title="Loss rule"
        summary={loss.on ? `out below ${loss.roi_below} % ROI over ${loss.window_hours} h` : 'none'}
        open={loss.on}
      >
        <Switch
          label="Take it out when it loses too much"
          checked={loss.on}
          onChange={on => form.setValue('loss_rule.on', on, { shouldDirty: true })}
        />
        {loss.on && (
          <div className="grid items-start gap-3 sm:grid-cols-3">
            <TextField form={form} name="loss_rule.roi_below" label="ROI below, %" inputMode="decimal" />
            <TextField form={form} name="loss_rule.clicks_min" label="Not before, clicks" type="number" />
            <TextField
              form={form}
              name="loss_rule.window_hours"
              label="Over the last, hours"
              type="number"
              hint="Then it comes back."
            />
          </div>
        )}
      </Fold>
    </div>
  );
}
