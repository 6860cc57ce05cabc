import type { Campaign, Destination, Source, StreamKind, Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/toggle';
import type { ReactNode } from 'react';
import { RuleBuilder } from '../rules/rule-builder';
import { ActionEditor } from './action-editor';
import { ChoosingEditor } from './choosing-editor';
import { RoutesEditor } from './routes-editor';
import { StreamLimits } from './stream-limits';
import type { StreamDraft } from './stream-ops';

const KIND_OPTIONS: { value: StreamKind; label: string; title: string }[] = [
  { value: 'forced', label: 'Forced', title: 'Looked at before all others, top down' },
  { value: 'regular', label: 'Regular', title: 'Then these, by position or by weight' },
  { value: 'default', label: 'Default', title: 'Takes what nobody else took' },
];

/** What every stream of a campaign is edited with. */
export interface StreamContext {
  campaignId: string;
  destinations: readonly Destination[];
  campaigns: readonly Campaign[];
  sources: readonly Source[];
  vocabulary: Vocabulary;
  currency: string;
  timezone: string;
}

export interface StreamEditorProps {
  stream: StreamDraft;
  onChange: (patch: Partial<StreamDraft>) => void;
  context: StreamContext;
  path: string;
}

export function StreamEditor({ stream, onChange, context, path }: StreamEditorProps) {
  const { destinations, vocabulary, timezone, currency } = context;
  return (
    <div className="border-line grid grid-cols-1 gap-5 border-t px-3 py-4 sm:px-4">
      <div className="grid items-start gap-3 sm:grid-cols-[1fr_auto]">
        <Field label="Name">
          {control => (
            <>
              <Input {...control} value={stream.name} onChange={event => onChange({ name: event.target.value })} />
              <Problems path={`${path}.name`} />
            </>
          )}
        </Field>
        <div className="grid gap-1">
          <span className="text-ink-soft text-xs font-medium">Considered</span>
          <Segmented
            label={`Kind of ${stream.name}`}
            value={stream.kind}
            options={KIND_OPTIONS}
            onChange={kind => onChange({ kind })}
          />
        </div>
      </div>
      <Part title="Who is let in">
        <RuleBuilder
          rule={stream.rules}
          onChange={rules => onChange({ rules })}
          vocabulary={vocabulary}
          sources={context.sources}
          timezone={timezone}
          path={`${path}.rules`}
        />
      </Part>
      <Part title="What happens">
        <ActionEditor
          action={stream.action}
          onChange={action => onChange({ action })}
          campaigns={context.campaigns}
          campaignId={context.campaignId}
          vocabulary={vocabulary}
          path={`${path}.action`}
        />
      </Part>
      {stream.action.type === 'redirect' && (
        <>
          <Part title="Destinations">
            <ChoosingEditor
              choosing={stream.choosing}
              onChange={choosing => onChange({ choosing })}
              stream={stream.name}
              path={`${path}.choosing`}
            />
            <RoutesEditor
              noun="destination"
              routes={stream.routes}
              onChange={routes => onChange({ routes })}
              destinations={destinations.filter(item => item.kind !== 'landing')}
              choosing={stream.choosing}
              path={`${path}.routes`}
            />
          </Part>
          <Part
            title="Landings first"
            hint="Optional. The visitor sees one of these and goes on to a destination from there, by the click URL under Link."
          >
            <RoutesEditor
              noun="landing"
              routes={stream.landings}
              onChange={landings => onChange({ landings })}
              destinations={destinations.filter(item => item.kind === 'landing')}
              choosing={stream.choosing}
              path={`${path}.landings`}
            />
            {stream.landings.length > 0 && (
              <div className="flex flex-wrap items-center gap-2">
                <span className="text-ink-soft text-xs font-medium">The destination is chosen</span>
                <Segmented
                  label={`When ${stream.name} chooses the destination`}
                  size="sm"
                  value={stream.offer_choice}
                  options={[
                    { value: 'after_landing', label: 'when the visitor goes on', title: 'With the landing click' },
                    {
                      value: 'before_landing',
                      label: 'with the click',
                      title: 'The landing page may use its macros, and every landing click goes there',
                    },
                  ]}
                  onChange={offer_choice => onChange({ offer_choice })}
                />
              </div>
            )}
          </Part>
        </>
      )}
      <StreamLimits
        stream={stream}
        onChange={onChange}
        vocabulary={vocabulary}
        currency={currency}
        timezone={timezone}
        path={path}
      />
    </div>
  );
}

function Part({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-1 gap-2">
      <div>
        <h3 className="text-sm font-semibold">{title}</h3>
        {hint && <p className="text-ink-faint text-xs">{hint}</p>}
      </div>
      {children}
    </section>
  );
}
