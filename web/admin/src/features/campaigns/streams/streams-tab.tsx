import type { Campaign, StreamKind } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Input } from '@/components/ui/input';
import { Segmented, Switch } from '@/components/ui/toggle';
import { GitFork, Plus } from 'lucide-react';
import { useState } from 'react';
import { StreamCard } from './stream-card';
import type { StreamContext } from './stream-editor';
import {
  activeWeight,
  addStream,
  dropStream,
  duplicateStream,
  KINDS,
  moveStream,
  patchStream,
  removeStream,
  shadowOf,
  type StreamDraft,
} from './stream-ops';

const HEADINGS: Record<StreamKind, { title: string; hint: string }> = {
  forced: { title: 'Forced', hint: 'Looked at first, top down. The first whose conditions hold takes the click.' },
  regular: { title: 'Regular', hint: '' },
  default: { title: 'Default', hint: 'Takes what no other stream took.' },
};

const REGULAR_HINTS: Record<Campaign['stream_selection'], string> = {
  position: 'Then these, top down. The first whose conditions hold takes the click.',
  weight: 'Then one of these, drawn by weight among those whose conditions hold.',
};

interface StreamsTabProps {
  streams: StreamDraft[];
  onChange: (streams: StreamDraft[]) => void;
  selection: Campaign['stream_selection'];
  onSelection: (selection: Campaign['stream_selection']) => void;
  context: StreamContext;
  /** Hours for which a drawn stream is kept; `null`: drawn anew each time. */
  stickyHours: number | null;
  onStickyHours: (hours: number | null) => void;
}

export function StreamsTab(props: StreamsTabProps) {
  const { streams, onChange, selection, onSelection } = props;
  const [open, setOpen] = useState<string | null>(streams.length === 1 ? (streams[0]?.key ?? null) : null);
  const add = (kind: StreamKind) => {
    const next = addStream(streams, kind);
    const added = next.find(stream => !streams.includes(stream));
    onChange(next);
    setOpen(added?.key ?? null);
  };
  if (streams.length === 0) {
    return (
      <EmptyState
        icon={<GitFork />}
        title="No streams yet: visitors go nowhere"
        actions={
          <Button variant="primary" onClick={() => add('regular')}>
            <Plus className="size-3.5" /> Add a stream
          </Button>
        }
      >
        A stream says who goes where. Start with one that takes everybody; add others for countries, devices or tests.
      </EmptyState>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-5">
      {KINDS.map(kind => {
        const group = streams.filter(stream => stream.kind === kind);
        if (group.length === 0) return null;
        const byWeight = kind === 'regular' && selection === 'weight';
        return (
          <section key={kind} aria-label={`${HEADINGS[kind].title} streams`}>
            <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
              <div>
                <h2 className="text-sm font-semibold">{HEADINGS[kind].title}</h2>
                <p className="text-ink-faint text-xs">
                  {kind === 'regular' ? REGULAR_HINTS[selection] : HEADINGS[kind].hint}
                </p>
              </div>
              {kind === 'regular' && (
                <Segmented
                  label="How a regular stream is picked"
                  size="sm"
                  value={selection}
                  onChange={onSelection}
                  options={[
                    { value: 'position', label: 'By position', title: 'Top down, the first whose conditions hold' },
                    {
                      value: 'weight',
                      label: 'By weight',
                      title: 'At random by weight among those whose conditions hold',
                    },
                  ]}
                />
              )}
            </div>
            {byWeight && <StickyStreams hours={props.stickyHours} onChange={props.onStickyHours} />}
            <ul className="grid grid-cols-1 gap-2">
              {group.map((stream, index) => (
                <StreamCard
                  key={stream.key}
                  stream={stream}
                  open={open === stream.key}
                  onToggle={() => setOpen(open === stream.key ? null : stream.key)}
                  onChange={patch => onChange(patchStream(streams, stream.key, patch))}
                  weightTotal={byWeight ? activeWeight(group) : null}
                  first={index === 0}
                  last={index === group.length - 1}
                  shadow={byWeight || kind === 'default' ? undefined : shadowOf(group, index)?.name}
                  onMove={by => onChange(moveStream(streams, stream.key, by))}
                  onDuplicate={() => onChange(duplicateStream(streams, stream.key))}
                  onRemove={() => onChange(removeStream(streams, stream.key))}
                  onDropHere={key => onChange(dropStream(streams, key, stream.key))}
                  context={props.context}
                  path={`streams[${streams.indexOf(stream)}]`}
                />
              ))}
            </ul>
          </section>
        );
      })}
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => add('regular')}>
          <Plus className="size-3.5" /> Regular stream
        </Button>
        <Button variant="ghost" onClick={() => add('forced')}>
          <Plus className="size-3.5" /> Forced stream
        </Button>
        <Button variant="ghost" onClick={() => add('default')}>
          <Plus className="size-3.5" /> Default stream
        </Button>
      </div>
    </div>
  );
}

function StickyStreams({ hours, onChange }: { hours: number | null; onChange: (hours: number | null) => void }) {
  return (
    <div className="mb-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
      <Switch
        label="Keep visitors on their stream"
        checked={hours !== null}
        onChange={on => onChange(on ? 720 : null)}
      />
      {hours !== null && (
        <span className="flex items-center gap-1.5 text-sm">
          for
          <Input
            type="number"
            min={1}
            max={8784}
            aria-label="Hours a visitor stays on a stream"
            className="num w-20 text-right"
            value={hours}
            onChange={event => onChange(Math.round(event.target.valueAsNumber) || 0)}
          />
          hours
        </span>
      )}
      <Problems path="sticky_streams_hours" />
    </div>
  );
}
