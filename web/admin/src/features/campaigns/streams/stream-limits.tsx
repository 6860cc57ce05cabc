import type { Stream, Vocabulary } from '@/api/types';
import { CapsEditor } from '@/components/form/caps-editor';
import { Problems } from '@/components/form/problems';
import { ScheduleEditor } from '@/components/form/schedule-editor';
import { Field } from '@/components/ui/field';
import { Fold } from '@/components/ui/fold';
import { Select, Textarea } from '@/components/ui/input';
import { Switch } from '@/components/ui/toggle';
import { capText, scheduleText } from '@/lib/caps';
import { hoursInDays, Whole } from './choosing-editor';
import type { StreamDraft } from './stream-ops';
import { UrlField } from './url-field';

type Exhausted = NonNullable<Stream['no_repeat']>['exhausted'];

const EXHAUSTED: { value: Exhausted; label: string }[] = [
  { value: 'repeat', label: 'start over' },
  { value: 'next_stream', label: 'pass to the next stream' },
  { value: 'trafficback', label: 'go to trafficback' },
];

interface StreamLimitsProps {
  stream: StreamDraft;
  onChange: (patch: Partial<StreamDraft>) => void;
  vocabulary: Vocabulary;
  currency: string;
  timezone: string;
  path: string;
}

/** Everything about a stream that most streams do without: folded, with what is set in its head. */
export function StreamLimits({ stream, onChange, vocabulary, currency, timezone, path }: StreamLimitsProps) {
  const { caps, schedule, no_repeat } = stream;
  const redirect = stream.action.type === 'redirect';
  const behind = [
    redirect && no_repeat && 'never the same twice',
    !stream.collect_clicks && 'clicks are not kept',
    stream.trafficback_url && 'own trafficback',
    stream.notes && 'notes',
  ].filter(Boolean);
  return (
    <div className="border-line divide-line grid grid-cols-1 divide-y rounded-lg border">
      <Fold title="Caps" summary={caps.length > 0 ? caps.map(capText).join(', ') : 'none'} open={caps.length > 0}>
        <p className="text-ink-faint text-xs">
          When one is reached the stream takes no clicks and the next one is asked.
        </p>
        <CapsEditor
          caps={caps}
          onChange={next => onChange({ caps: next })}
          of={`stream ${stream.name}`}
          currency={currency}
          timezone={timezone}
          path={`${path}.caps`}
        />
      </Fold>
      <Fold title="Schedule" summary={schedule ? scheduleText(schedule) : 'always'} open={schedule !== null}>
        <ScheduleEditor
          schedule={schedule}
          onChange={next => onChange({ schedule: next })}
          of={`stream ${stream.name}`}
          timezone={timezone}
          path={`${path}.schedule`}
        />
      </Fold>
      <Fold title="More" summary={behind.join(', ') || 'repeats, keeping clicks, trafficback, notes'} open={false}>
        {redirect && (
          <div className="grid grid-cols-1 gap-2">
            <Switch
              label="Never the same destination twice for a visitor"
              checked={no_repeat !== null}
              onChange={on => onChange({ no_repeat: on ? { ttl_hours: 720, exhausted: 'repeat' } : null })}
            />
            {no_repeat && (
              <div className="grid items-start gap-3 sm:grid-cols-2">
                <Whole
                  label="Remember visits for, hours"
                  hint={hoursInDays(no_repeat.ttl_hours)}
                  value={no_repeat.ttl_hours}
                  max={8784}
                  onChange={ttl_hours => onChange({ no_repeat: { ...no_repeat, ttl_hours } })}
                  path={`${path}.no_repeat.ttl_hours`}
                />
                <Field label="When nothing new is left">
                  {control => (
                    <Select
                      {...control}
                      value={no_repeat.exhausted}
                      options={EXHAUSTED}
                      onChange={exhausted => onChange({ no_repeat: { ...no_repeat, exhausted } })}
                    />
                  )}
                </Field>
              </div>
            )}
          </div>
        )}
        <Switch
          label="Keep its clicks"
          checked={stream.collect_clicks}
          onChange={collect_clicks => onChange({ collect_clicks })}
        />
        {!stream.collect_clicks && (
          <p className="text-warning text-xs">
            Its clicks are only counted: they are in no report, and conversions of them find no click.
          </p>
        )}
        <UrlField
          label="Trafficback URL"
          hint="Where a click goes when no destination is available. Left empty: the campaign’s."
          value={stream.trafficback_url}
          macros={vocabulary.macros}
          onChange={trafficback_url => onChange({ trafficback_url })}
          path={`${path}.trafficback_url`}
        />
        <Field label="Notes" optional>
          {control => (
            <Textarea
              {...control}
              rows={2}
              value={stream.notes}
              onChange={event => onChange({ notes: event.target.value })}
            />
          )}
        </Field>
        <Problems path={`${path}.notes`} />
      </Fold>
    </div>
  );
}
