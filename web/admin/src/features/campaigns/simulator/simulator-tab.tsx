import { simulate } from '@/api/campaigns';
import { ApiError, messageOf } from '@/api/errors';
import { clickQuery } from '@/api/logs';
import type { Campaign, ClickRow, Destination, Vocabulary } from '@/api/types';
import { ProblemsContext } from '@/components/form/problems';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Loading } from '@/components/ui/spinner';
import { useMutation, useQuery } from '@tanstack/react-query';
import { FlaskConical, Play } from 'lucide-react';
import { useState } from 'react';
import { SimulationResult } from './simulation-result';
import { SimulatorForm } from './simulator-form';
import { inputOfValues, NOBODY, valuesOfClick } from './simulator-values';

interface SimulatorTabProps {
  campaign: Campaign;
  /** A click of the log to repeat; empty: none. */
  click: string;
  dirty: boolean;
  vocabulary: Vocabulary;
  destinations: readonly Destination[];
  timezone: string;
}

/** What the campaign as it is saved would do with a made-up click, and why. */
export function SimulatorTab(props: SimulatorTabProps) {
  const { data, error } = useQuery({ ...clickQuery(props.click), enabled: props.click !== '' });
  if (props.click === '') return <Simulator {...props} repeated={null} />;
  if (error) return <Banner tone="error">{messageOf(error)}</Banner>;
  if (data === undefined) return <Loading />;
  return <Simulator {...props} repeated={data} />;
}

function Simulator(props: SimulatorTabProps & { repeated: ClickRow | null }) {
  const { campaign, click, dirty, vocabulary, destinations, timezone, repeated } = props;
  const [values, setValues] = useState(repeated ? valuesOfClick(repeated) : NOBODY);
  const run = useMutation({ mutationFn: () => simulate(inputOfValues(campaign, values)) });
  return (
    <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[20rem_1fr]">
      <form
        className="grid grid-cols-1 gap-3"
        onSubmit={event => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <ProblemsContext value={run.error instanceof ApiError ? run.error.fields : []}>
          <SimulatorForm
            values={values}
            set={patch => setValues(before => ({ ...before, ...patch }))}
            campaign={campaign}
            destinations={destinations}
          />
        </ProblemsContext>
        <Button type="submit" variant="primary" loading={run.isPending}>
          <Play className="size-3.5" /> Simulate a click
        </Button>
        <p className="text-ink-faint text-xs">Nothing is recorded. Weighted choices are drawn anew each time.</p>
      </form>
      <div className="grid min-w-0 grid-cols-1 gap-3">
        {click !== '' && (
          <Banner tone={repeated ? 'info' : 'warning'}>
            {repeated
              ? 'The form holds what was kept of the click. The campaign is as it is now, and so are its counts.'
              : 'There is no such click any more. Describe the visitor by hand.'}
          </Banner>
        )}
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
          <SimulationResult simulation={run.data} words={vocabulary} timezone={timezone} />
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
