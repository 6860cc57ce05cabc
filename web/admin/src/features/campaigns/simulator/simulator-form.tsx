import type { Campaign, Destination } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Button, IconButton } from '@/components/ui/button';
import { Combobox, MultiCombobox } from '@/components/ui/combobox';
import { Field } from '@/components/ui/field';
import { Fold } from '@/components/ui/fold';
import { Input, Select } from '@/components/ui/input';
import { Checkbox } from '@/components/ui/toggle';
import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { freshKey } from '../rules/rule-tree';
import { USER_AGENTS } from '../user-agents';
import type { AssumedCount, SimulatorValues } from './simulator-values';

const CUSTOM = 'custom';

interface FormProps {
  values: SimulatorValues;
  set: (patch: Partial<SimulatorValues>) => void;
  campaign: Campaign;
  destinations: readonly Destination[];
}

/** Who the visitor is, and what happened before. */
export function SimulatorForm({ values, set, campaign, destinations }: FormProps) {
  const preset = USER_AGENTS.find(item => item.value === values.user_agent)?.value ?? CUSTOM;
  const keyed = typeof campaign.uniqueness.key !== 'string' || campaign.uniqueness.key === 'cookie';
  return (
    <>
      <Text
        label="IP address"
        hint="Decides country, city and provider."
        value={values.ip}
        placeholder="203.0.113.7"
        onChange={ip => set({ ip })}
      />
      <Problems path="ip" />
      <Field label="Browser">
        {control => (
          <Select
            {...control}
            value={preset}
            onChange={user_agent => set({ user_agent: user_agent === CUSTOM ? ' ' : user_agent })}
            options={[...USER_AGENTS, { value: CUSTOM, label: 'Other…' }]}
          />
        )}
      </Field>
      {preset === CUSTOM && (
        <Text
          label="User agent"
          value={values.user_agent.trimStart()}
          placeholder="Mozilla/5.0 …"
          onChange={user_agent => set({ user_agent: user_agent || ' ' })}
        />
      )}
      <Text
        label="Query or whole link"
        value={values.query}
        placeholder="zone=123&cost=0.02"
        onChange={query => set({ query })}
      />
      <div className="border-line divide-line grid grid-cols-1 divide-y rounded-lg border">
        <Fold title="Language, referrer, time, headers" open={values.headers.length > 0 || values.at !== ''}>
          <Text
            label="Language"
            value={values.language}
            placeholder="de-DE,de;q=0.9"
            onChange={language => set({ language })}
          />
          <Text
            label="Referrer"
            value={values.referrer}
            placeholder="https://example.com/page"
            onChange={referrer => set({ referrer })}
          />
          <Field label="When" hint="By this browser’s clock. Left empty: now.">
            {control => (
              <Input
                {...control}
                type="datetime-local"
                step={1}
                value={values.at}
                onChange={event => set({ at: event.target.value })}
              />
            )}
          </Field>
          <Headers values={values} set={set} />
        </Fold>
        <Fold title="Seen before" open={values.seen_campaign || values.converted || values.visitor_key !== ''}>
          <Checkbox
            label="Clicked in this campaign"
            checked={values.seen_campaign}
            onChange={seen_campaign => set({ seen_campaign })}
          />
          <Checkbox
            label="Took one of its streams"
            checked={values.seen_stream}
            onChange={seen_stream => set({ seen_stream })}
          />
          <Checkbox
            label="Clicked in the workspace"
            checked={values.seen_workspace}
            onChange={seen_workspace => set({ seen_workspace })}
          />
          <Checkbox
            label="Converted in this campaign"
            checked={values.converted}
            onChange={converted => set({ converted })}
          />
          <Checkbox
            label="Converted in the workspace"
            checked={values.converted_workspace}
            onChange={converted_workspace => set({ converted_workspace })}
          />
          <Field label="Was sent to" hint="For streams that never repeat a destination.">
            {control => (
              <MultiCombobox
                label="Was sent to"
                control={control}
                options={destinations.map(item => ({ value: item.id, label: item.name }))}
                values={values.visited}
                onChange={visited => set({ visited })}
                placeholder="Choose destinations…"
              />
            )}
          </Field>
          {keyed && <Text label="Visitor cookie" value={values.cookie} onChange={cookie => set({ cookie })} />}
          <Text
            label="Visitor key"
            hint="As the click log shows it. Left empty: made of what is above."
            value={values.visitor_key}
            placeholder="9c1f0a7be3d24c55"
            onChange={visitor_key => set({ visitor_key })}
          />
        </Fold>
        <Fold title="Counts and health" open={values.counts.length > 0 || values.out.length > 0}>
          <Checkbox
            label="Use the counts and health of this moment"
            checked={values.live}
            onChange={live => set({ live })}
          />
          <Counts values={values} set={set} campaign={campaign} destinations={destinations} />
          <Field label="Destinations that are out" hint="Those with a health check or a loss rule.">
            {control => (
              <MultiCombobox
                label="Destinations that are out"
                control={control}
                options={destinations
                  .filter(item => item.health !== null || item.loss_rule !== null)
                  .map(item => ({ value: item.id, label: item.name }))}
                values={values.out}
                onChange={out => set({ out })}
                placeholder="None"
              />
            )}
          </Field>
        </Fold>
      </div>
    </>
  );
}

function Headers({ values, set }: Pick<FormProps, 'values' | 'set'>) {
  const change = (key: string, patch: Partial<SimulatorValues['headers'][number]>) =>
    set({ headers: values.headers.map(pair => (pair.key === key ? { ...pair, ...patch } : pair)) });
  return (
    <div className="grid gap-1.5">
      <span className="text-ink-soft text-xs font-medium">Headers and client hints</span>
      {values.headers.map((pair, index) => (
        <div key={pair.key} className="grid grid-cols-[1fr_1fr_2rem] items-center gap-1.5">
          <Input
            mono
            aria-label={`Name of header ${index + 1}`}
            placeholder="Sec-CH-UA-Platform"
            value={pair.name}
            onChange={event => change(pair.key, { name: event.target.value })}
          />
          <Input
            mono
            aria-label={`Value of header ${index + 1}`}
            placeholder={'"Android"'}
            value={pair.value}
            onChange={event => change(pair.key, { value: event.target.value })}
          />
          <IconButton
            size="sm"
            label={`Remove header ${index + 1}`}
            onClick={() => set({ headers: values.headers.filter(other => other.key !== pair.key) })}
          >
            <X className="size-3.5" />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="sm"
          onClick={() => set({ headers: [...values.headers, { key: freshKey(), name: '', value: '' }] })}
        >
          <Plus className="size-3.5" /> Header
        </Button>
      </div>
    </div>
  );
}

const MEASURES = [
  { value: 'clicks', label: 'clicks' },
  { value: 'conversions', label: 'conversions' },
  { value: 'cost', label: 'cost' },
  { value: 'revenue', label: 'revenue' },
] as const;

function Counts({ values, set, campaign, destinations }: FormProps) {
  const subjects = [
    { value: `campaign:${campaign.id}`, label: 'This campaign', group: 'Campaign' },
    ...campaign.streams.map(item => ({ value: `stream:${item.id}`, label: item.name, group: 'Streams' })),
    ...destinations.map(item => ({ value: `destination:${item.id}`, label: item.name, group: 'Destinations' })),
  ];
  const change = (key: string, patch: Partial<AssumedCount>) =>
    set({ counts: values.counts.map(count => (count.key === key ? { ...count, ...patch } : count)) });
  return (
    <div className="grid gap-1.5">
      <span className="text-ink-soft text-xs font-medium">Assumed counts</span>
      {values.counts.map((count, index) => (
        <div key={count.key} className="border-line grid grid-cols-[1fr_2rem] gap-1.5 rounded-md border p-1.5">
          <Combobox
            label={`Count ${index + 1} of`}
            options={subjects}
            value={count.subject || null}
            onChange={subject => change(count.key, { subject: subject ?? '' })}
            placeholder="Count of…"
          />
          <IconButton
            size="sm"
            label={`Remove count ${index + 1}`}
            onClick={() => set({ counts: values.counts.filter(other => other.key !== count.key) })}
          >
            <X className="size-3.5" />
          </IconButton>
          <div className="col-span-2 grid grid-cols-2 gap-1.5">
            <Input
              inputMode="decimal"
              aria-label={`Value of count ${index + 1}`}
              placeholder="100"
              value={count.value}
              onChange={event => change(count.key, { value: event.target.value })}
            />
            <Select
              aria-label={`Measure of count ${index + 1}`}
              value={count.measure}
              options={MEASURES}
              onChange={measure => change(count.key, { measure })}
            />
          </div>
        </div>
      ))}
      <div>
        <Button
          size="sm"
          onClick={() =>
            set({ counts: [...values.counts, { key: freshKey(), subject: '', measure: 'clicks', value: '' }] })
          }
        >
          <Plus className="size-3.5" /> Count
        </Button>
      </div>
    </div>
  );
}

interface TextProps {
  label: string;
  hint?: ReactNode;
  value: string;
  placeholder?: string;
  onChange: (value: string) => void;
}

function Text({ label, hint, value, placeholder, onChange }: TextProps) {
  return (
    <Field label={label} hint={hint}>
      {control => (
        <Input
          {...control}
          mono
          spellCheck={false}
          value={value}
          placeholder={placeholder}
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
