import { useProblems } from '@/components/form/problems';
import { Badge } from '@/components/ui/badge';
import { IconButton } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { Menu } from '@/components/ui/menu';
import { Switch } from '@/components/ui/toggle';
import { capText, CHOOSING_TITLES, scheduleText, usesWeights } from '@/lib/caps';
import { cn } from '@/lib/cn';
import { formatShare } from '@/lib/format';
import { ArrowDown, ArrowUp, ChevronRight, Copy, Ellipsis, GripVertical, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { summarise } from '../rules/rule-summary';
import { StreamEditor, type StreamContext, type StreamEditorProps } from './stream-editor';
import { activeWeight, type StreamDraft } from './stream-ops';

export interface StreamCardProps extends StreamEditorProps {
  open: boolean;
  onToggle: () => void;
  /** Sum of weights of the active streams that are drawn by weight; `null` when position decides. */
  weightTotal: number | null;
  /** Name of a stream above that takes everybody first, if there is one. */
  shadow: string | undefined;
  first: boolean;
  last: boolean;
  onMove: (by: 1 | -1) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  /** Dropping another stream here. */
  onDropHere: (key: string) => void;
}

const DRAG_TYPE = 'application/x-signalbox-stream';

export function StreamCard(props: StreamCardProps) {
  const { stream, onChange, open, onToggle, weightTotal, first, last, context, path } = props;
  const [over, setOver] = useState(false);
  const [grabbed, setGrabbed] = useState(false);
  const problems = useProblems(path, true);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dragging is an extra; the arrow buttons do the same
    <li
      draggable={grabbed}
      onDragStart={event => {
        event.dataTransfer.setData(DRAG_TYPE, stream.key);
        event.dataTransfer.effectAllowed = 'move';
      }}
      onDragEnd={() => setGrabbed(false)}
      onDragOver={event => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        setOver(false);
        const key = event.dataTransfer.getData(DRAG_TYPE);
        if (key && key !== stream.key) props.onDropHere(key);
      }}
      className={cn(
        'bg-surface border-line shadow-card rounded-lg border transition-colors',
        over && 'border-accent',
        problems.length > 0 && 'border-negative',
        grabbed && 'opacity-60',
      )}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-2 pr-2 pl-1.5">
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the menu has the same for keyboards */}
        <span
          aria-hidden="true"
          title="Drag to reorder"
          onMouseDown={() => setGrabbed(true)}
          onMouseUp={() => setGrabbed(false)}
          className="text-ink-faint hidden cursor-grab px-0.5 sm:block"
        >
          <GripVertical className="size-4" />
        </span>
        <button
          type="button"
          aria-expanded={open}
          onClick={onToggle}
          className="flex min-w-0 flex-1 basis-full items-center gap-2 rounded py-0.5 text-left sm:basis-0"
        >
          <ChevronRight
            className={cn('text-ink-faint size-4 shrink-0 transition-transform', open && 'rotate-90')}
            aria-hidden="true"
          />
          <span className="min-w-0">
            <span className="flex items-center gap-2">
              <span className={cn('truncate font-medium', !stream.active && 'text-ink-faint')}>
                {stream.name || 'Unnamed stream'}
              </span>
              {!stream.active && <Badge>off</Badge>}
              {stream.id === null && <Badge tone="accent">new</Badge>}
              {stream.caps.length > 0 && <Badge title={stream.caps.map(capText).join(', ')}>capped</Badge>}
              {stream.schedule && <Badge title={scheduleText(stream.schedule)}>scheduled</Badge>}
              {!stream.collect_clicks && <Badge tone="warning">not kept</Badge>}
            </span>
            <span className="text-ink-faint block truncate text-xs">
              {summarise(stream.rules, context.vocabulary)} <span aria-hidden="true">→</span> {outcome(stream, context)}
            </span>
          </span>
        </button>
        {weightTotal !== null && (
          <span className="flex items-center gap-1.5">
            <Input
              type="number"
              min={0}
              max={1_000_000}
              aria-label={`Weight of stream ${stream.name}`}
              value={stream.weight}
              onChange={event =>
                onChange({ weight: Math.max(0, Math.min(1_000_000, Math.round(event.target.valueAsNumber || 0))) })
              }
              className="num w-18 text-right"
            />
            <span className="num w-10 text-right text-sm font-medium">
              {stream.active ? formatShare(stream.weight, weightTotal) : '—'}
            </span>
          </span>
        )}
        <Switch
          label={`Stream ${stream.name} active`}
          hideLabel
          checked={stream.active}
          onChange={active => onChange({ active })}
        />
        <span className="flex">
          <IconButton
            size="sm"
            label={`Move ${stream.name} up`}
            disabled={first}
            onClick={() => props.onMove(-1)}
            className="w-6"
          >
            <ArrowUp className="size-3.5" />
          </IconButton>
          <IconButton
            size="sm"
            label={`Move ${stream.name} down`}
            disabled={last}
            onClick={() => props.onMove(1)}
            className="w-6"
          >
            <ArrowDown className="size-3.5" />
          </IconButton>
          <Menu
            trigger={
              <IconButton size="sm" label={`Actions for stream ${stream.name}`}>
                <Ellipsis className="size-4" />
              </IconButton>
            }
            items={[
              { label: 'Duplicate', icon: <Copy />, onSelect: props.onDuplicate },
              'separator',
              { label: 'Remove', icon: <Trash2 />, danger: true, onSelect: props.onRemove },
            ]}
          />
        </span>
      </div>
      {props.shadow !== undefined && stream.active && (
        <p className="text-warning px-4 pb-2 text-xs">
          “{props.shadow}” above lets everybody in: only visitors whom it cannot take come here. Move this stream up, or
          give that one conditions.
        </p>
      )}
      {problems.length > 0 && !open && (
        <p role="alert" className="text-negative px-4 pb-2 text-xs">
          {problems.join(' · ')}
        </p>
      )}
      {open && <StreamEditor {...props} />}
    </li>
  );
}

/** Where a click ends up, in a few words. */
function outcome(stream: StreamDraft, { destinations, campaigns }: StreamContext): string {
  const { action } = stream;
  switch (action.type) {
    case 'not_found':
      return '404';
    case 'nothing':
      return 'nothing (204)';
    case 'show_html':
      return 'shows a page';
    case 'show_text':
      return 'shows a text';
    case 'url':
      return action.url || 'a fixed URL';
    case 'campaign':
      return `campaign ${campaigns.find(item => item.id === action.campaign_id)?.name ?? 'not chosen yet'}`;
    case 'redirect':
      return routesText(stream, destinations);
  }
}

function routesText(stream: StreamDraft, destinations: StreamContext['destinations']): string {
  const total = activeWeight(stream.routes);
  const shares = usesWeights(stream.choosing) && stream.routes.length > 1;
  const names = stream.routes
    .filter(route => route.active)
    .map(route => {
      const name = destinations.find(item => item.id === route.destination_id)?.name ?? 'deleted';
      return shares ? `${name} ${formatShare(route.weight, total)}` : name;
    });
  if (names.length === 0) return 'no destination yet';
  const landings =
    stream.landings.length > 0 ? `${stream.landings.length} landing${stream.landings.length > 1 ? 's' : ''} → ` : '';
  const mode =
    stream.choosing.type === 'weighted' || names.length < 2 ? '' : `${CHOOSING_TITLES[stream.choosing.type]}: `;
  return landings + mode + names.join(', ');
}
