import { simulate } from '@/api/campaigns';
import { messageOf } from '@/api/errors';
import type { CriterionInfo, Simulation } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { Checkbox } from '@/components/ui/toggle';
import { useMutation } from '@tanstack/react-query';
import { FlaskConical, Play } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { SimulationResult } from './simulation-result';
import { USER_AGENTS } from './user-agents';

const NO_CUSTOM = 'custom';

interface SimulatorTabProps {
  campaignId: string;
  dirty: boolean;
  criteria: readonly CriterionInfo[];
}

/** What the campaign as it is saved would do with a made-up click, and why. */
export function SimulatorTab({ campaignId, dirty, criteria }: SimulatorTabProps) {
  const [values, setValues] = useState({
    ip: '',
    user_agent: '',
    language: '',
    referrer: '',
    query: '',
    at: '',
    unique: true,
  });
  const set = (patch: Partial<typeof values>) => setValues({ ...values, ...patch });
  const run = useMutation({
    mutationFn: (): Promise<Simulation> =>
      simulate(campaignId, {
        unique: values.unique,
        ...(values.ip.trim() ? { ip: values.ip.trim() } : {}),
        ...(values.user_agent.trim() ? { user_agent: values.user_agent.trim() } : {}),
        ...(values.language.trim() ? { language: values.language.trim() } : {}),
        ...(values.referrer.trim() ? { referrer: values.referrer.trim() } : {}),
        ...(values.query.trim() ? { query: values.query.trim().replace(/^.*\?/, '') } : {}),
        ...(values.at ? { at: new Date(values.at).toISOString() } : {}),
      }),
  });
  const preset = USER_AGENTS.find(item => item.value === values.user_agent)?.value ?? NO_CUSTOM;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[20rem_1fr]">
      <form
        className="grid gap-3"
        onSubmit={event => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <Text
          label="IP address"
          hint="Decides country, city and provider."
          value={values.ip}
          placeholder="203.0.113.7"
          onChange={ip => set({ ip })}
        />
        <Field label="Browser">
          {control => (
            <Select
              {...control}
              value={preset}
              onChange={user_agent => set({ user_agent: user_agent === NO_CUSTOM ? ' ' : user_agent })}
              options={[...USER_AGENTS, { value: NO_CUSTOM, label: 'Other…' }]}
            />
          )}
        </Field>
        {preset === NO_CUSTOM && (
          <Text
            label="User agent"
            value={values.user_agent.trimStart()}
            placeholder="Mozilla/5.0 …"
            onChange={user_agent => set({ user_agent: user_agent || ' ' })}
          />
        )}
        <Text
          label="Language"
          value={values.language}
          placeholder="de-DE,de;q=0.9"
          onChange={language => set({ language })}
        />
        <Text
          label="Query or whole link"
          value={values.query}
          placeholder="zone=123&cost=0.02"
          onChange={query => set({ query })}
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
              value={values.at}
              onChange={event => set({ at: event.target.value })}
            />
          )}
        </Field>
        <Checkbox label="First visit (unique)" checked={values.unique} onChange={unique => set({ unique })} />
        <Button type="submit" variant="primary" loading={run.isPending}>
          <Play className="size-3.5" /> Simulate a click
        </Button>
        <p className="text-ink-faint text-xs">Nothing is recorded. Weighted choices are drawn anew each time.</p>
      </form>
      <div className="grid min-w-0 grid-cols-1 gap-3">
        {dirty && (
          <Banner tone="warning">
            The simulator uses the campaign as it is saved. Your changes are not in it yet.
          </Banner>
        )}
        {run.error && (
          <Banner tone="error" title="Not simulated">
            {messageOf(run.error)}
          </Banner>
        )}
        {run.data ? (
          <SimulationResult simulation={run.data} criteria={criteria} />
        ) : (
          <EmptyState icon={<FlaskConical />} title="Where would this visitor go?">
            Describe a visitor and press “Simulate a click”. You see every stream and condition with why it let the
            click in or not.
          </EmptyState>
        )}
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
