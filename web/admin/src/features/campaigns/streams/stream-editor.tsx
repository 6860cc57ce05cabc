import type { Destination, StreamKind, Vocabulary } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { MacroPicker } from '@/components/macro-hint';
import { Field } from '@/components/ui/field';
import { Input, Select, Textarea } from '@/components/ui/input';
import { Segmented } from '@/components/ui/toggle';
import { useState, type ReactNode } from 'react';
import { RuleBuilder } from '../rules/rule-builder';
import { RoutesEditor } from './routes-editor';
import type { StreamDraft } from './stream-ops';

const KIND_OPTIONS: { value: StreamKind; label: string; title: string }[] = [
  { value: 'forced', label: 'Forced', title: 'Looked at before all others, top down' },
  { value: 'regular', label: 'Regular', title: 'Then these, by position or by weight' },
  { value: 'default', label: 'Default', title: 'Takes what nobody else took' },
];

const ACTIONS = [
  { value: 'redirect', label: 'Redirect to a destination' },
  { value: 'url', label: 'Redirect to a fixed URL' },
  { value: 'not_found', label: 'Answer “404 not found”' },
] as const;

const STATUSES = [
  { value: '302', label: '302 Found (usual)' },
  { value: '301', label: '301 Moved permanently' },
  { value: '303', label: '303 See other' },
  { value: '307', label: '307 Temporary' },
  { value: '308', label: '308 Permanent' },
];

export interface StreamEditorProps {
  stream: StreamDraft;
  onChange: (patch: Partial<StreamDraft>) => void;
  destinations: readonly Destination[];
  vocabulary: Vocabulary;
  timezone: string;
  path: string;
}

export function StreamEditor({ stream, onChange, destinations, vocabulary, timezone, path }: StreamEditorProps) {
  const { action } = stream;
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
          criteria={vocabulary.criteria}
          timezone={timezone}
          path={`${path}.rules`}
        />
      </Part>
      <Part title="What happens">
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <Select
            aria-label="Action"
            value={action.type}
            options={ACTIONS}
            onChange={type => onChange({ action: { ...action, type } })}
          />
          {action.type === 'redirect' && (
            <Select
              aria-label="Redirect status"
              value={String(action.status)}
              options={STATUSES}
              onChange={status => onChange({ action: { ...action, status: Number(status) } })}
            />
          )}
        </div>
        {action.type === 'url' && (
          <div className="mt-2.5">
            <UrlField
              label="URL"
              value={action.url}
              macros={vocabulary.macros}
              onChange={url => onChange({ action: { ...action, url } })}
            />
            <Problems path={`${path}.action.url`} />
          </div>
        )}
      </Part>
      {action.type === 'redirect' && (
        <>
          <Part
            title="Destinations"
            aside={
              <Segmented
                label={`How ${stream.name} chooses`}
                size="sm"
                value={stream.choosing}
                options={[
                  { value: 'weighted', label: 'By weight', title: 'At random, by ratio of weights' },
                  { value: 'waterfall', label: 'Waterfall', title: 'The first available, in order' },
                ]}
                onChange={choosing => onChange({ choosing })}
              />
            }
          >
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
            hint="Optional. The visitor sees one of these and goes on to a destination from there."
          >
            <RoutesEditor
              noun="landing"
              routes={stream.landings}
              onChange={landings => onChange({ landings })}
              destinations={destinations.filter(item => item.kind === 'landing')}
              choosing={stream.choosing}
              path={`${path}.landings`}
            />
          </Part>
        </>
      )}
      <More stream={stream} onChange={onChange} macros={vocabulary.macros} path={path} />
    </div>
  );
}

interface MoreProps {
  stream: StreamDraft;
  onChange: (patch: Partial<StreamDraft>) => void;
  macros: Vocabulary['macros'];
  path: string;
}

function More({ stream, onChange, macros, path }: MoreProps) {
  const [open, setOpen] = useState(stream.trafficback_url !== '' || stream.notes !== '');
  return (
    <details open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary className="text-ink-soft text-xs font-medium">Trafficback and notes</summary>
      <div className="mt-2.5 grid gap-3">
        <UrlField
          label="Trafficback URL"
          hint="Where a click goes when no destination is available. Left empty: the campaign’s."
          value={stream.trafficback_url}
          macros={macros}
          onChange={trafficback_url => onChange({ trafficback_url })}
        />
        <Problems path={`${path}.trafficback_url`} />
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
      </div>
    </details>
  );
}

interface UrlFieldProps {
  label: string;
  hint?: string;
  value: string;
  macros: Vocabulary['macros'];
  onChange: (value: string) => void;
}

function UrlField({ label, hint, value, macros, onChange }: UrlFieldProps) {
  return (
    <Field
      label={label}
      hint={hint}
      aside={<MacroPicker macros={macros} onInsert={macro => onChange(value + macro)} />}
    >
      {control => (
        <Input
          {...control}
          mono
          spellCheck={false}
          placeholder="https://example.com/?sub={click_id}"
          value={value}
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function Part({
  title,
  hint,
  aside,
  children,
}: {
  title: string;
  hint?: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section>
      <div className="mb-1.5 flex flex-wrap items-center justify-between gap-2">
        <div>
          <h3 className="text-sm font-semibold">{title}</h3>
          {hint && <p className="text-ink-faint text-xs">{hint}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}
