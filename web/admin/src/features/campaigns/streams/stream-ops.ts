/** Everything that can be done with the streams of a campaign, as pure functions. Order in the list is order of evaluation. */
import type { Action, Cap, Schedule, Stream, StreamInput, StreamKind, Via } from '@/api/types';
import { capInput, choosingMode, type ChoosingMode } from '@/lib/caps';
import { emptyRule, freshKey, fromRule, type GroupNode, toRule } from '../rules/rule-tree';

export interface RouteDraft {
  key: string;
  destination_id: string;
  weight: number;
  active: boolean;
}

/** An action with the fields of every kind, so that switching forth and back loses nothing. */
export interface ActionDraft {
  type: Action['type'];
  status: number;
  via: Via;
  url: string;
  campaign_id: string | null;
  body: string;
}

export interface StreamDraft {
  key: string;
  /** Absent until it is saved. */
  id: string | null;
  name: string;
  kind: StreamKind;
  active: boolean;
  weight: number;
  rules: GroupNode;
  action: ActionDraft;
  choosing: ChoosingMode;
  landings: RouteDraft[];
  routes: RouteDraft[];
  offer_choice: Stream['offer_choice'];
  no_repeat: Stream['no_repeat'];
  caps: Cap[];
  schedule: Schedule | null;
  collect_clicks: boolean;
  trafficback_url: string;
  notes: string;
}

export const KINDS: StreamKind[] = ['forced', 'regular', 'default'];

export const WEIGHT_DEFAULT = 100;

export const NEW_ACTION: ActionDraft = {
  type: 'redirect',
  status: 302,
  via: 'http',
  url: '',
  campaign_id: null,
  body: '',
};

function draftOfAction(action: Action): ActionDraft {
  const sent = action.type === 'redirect' || action.type === 'url';
  return {
    type: action.type,
    status: sent ? (action.status ?? 302) : 302,
    via: sent ? (action.via ?? 'http') : 'http',
    url: action.type === 'url' ? action.url : '',
    campaign_id: action.type === 'campaign' ? action.campaign_id : null,
    body: action.type === 'show_html' || action.type === 'show_text' ? action.body : '',
  };
}

export function inputOfAction({ type, status, via, url, campaign_id, body }: ActionDraft): Action {
  switch (type) {
    case 'redirect':
      return { type, status, via };
    case 'url':
      return { type, url: url.trim(), status, via };
    case 'campaign':
      return { type, campaign_id: campaign_id ?? '' };
    case 'show_html':
    case 'show_text':
      return { type, body };
    default:
      return { type };
  }
}

export function draftOf(stream: Stream): StreamDraft {
  const route = (it: Stream['routes'][number]): RouteDraft => ({ key: freshKey(), ...it });
  return {
    key: stream.id,
    id: stream.id,
    name: stream.name,
    kind: stream.kind,
    active: stream.active,
    weight: stream.weight,
    rules: fromRule(stream.rules),
    action: draftOfAction(stream.action),
    choosing: choosingMode(stream.choosing),
    landings: stream.landings.map(route),
    routes: stream.routes.map(route),
    offer_choice: stream.offer_choice,
    no_repeat: stream.no_repeat,
    caps: stream.caps,
    schedule: stream.schedule,
    collect_clicks: stream.collect_clicks,
    trafficback_url: stream.trafficback_url ?? '',
    notes: stream.notes,
  };
}

export function inputOfStream(draft: StreamDraft): StreamInput {
  const route = ({ destination_id, weight, active }: RouteDraft) => ({ destination_id, weight, active });
  return {
    ...(draft.id ? { id: draft.id } : {}),
    name: draft.name.trim(),
    kind: draft.kind,
    active: draft.active,
    weight: draft.weight,
    rules: toRule(draft.rules),
    action: inputOfAction(draft.action),
    choosing: draft.choosing,
    landings: draft.landings.map(route),
    routes: draft.routes.map(route),
    offer_choice: draft.offer_choice,
    no_repeat: draft.no_repeat,
    caps: draft.caps.map(capInput),
    schedule: draft.schedule,
    collect_clicks: draft.collect_clicks,
    trafficback_url: draft.trafficback_url.trim() || null,
    notes: draft.notes,
  };
}

/** Forced first, then regular, then default; inside a kind the order stays. */
export function ordered(streams: readonly StreamDraft[]): StreamDraft[] {
  return KINDS.flatMap(kind => streams.filter(stream => stream.kind === kind));
}

export function newStream(kind: StreamKind, number: number): StreamDraft {
  return {
    key: freshKey(),
    id: null,
    name: kind === 'default' ? 'Default' : `Stream ${number}`,
    kind,
    active: true,
    weight: WEIGHT_DEFAULT,
    rules: emptyRule(),
    action: NEW_ACTION,
    choosing: { type: 'weighted' },
    landings: [],
    routes: [],
    offer_choice: 'after_landing',
    no_repeat: null,
    caps: [],
    schedule: null,
    collect_clicks: true,
    trafficback_url: '',
    notes: '',
  };
}

export function newRoute(destinationId: string): RouteDraft {
  return { key: freshKey(), destination_id: destinationId, weight: WEIGHT_DEFAULT, active: true };
}

export function addStream(streams: readonly StreamDraft[], kind: StreamKind): StreamDraft[] {
  return ordered([...streams, newStream(kind, streams.length + 1)]);
}

export function duplicateStream(streams: readonly StreamDraft[], key: string): StreamDraft[] {
  return streams.flatMap(stream => {
    if (stream.key !== key) return [stream];
    const copy: StreamDraft = { ...structuredClone(stream), key: freshKey(), id: null, name: `${stream.name} (copy)` };
    return [stream, copy];
  });
}

export function removeStream(streams: readonly StreamDraft[], key: string): StreamDraft[] {
  return streams.filter(stream => stream.key !== key);
}

/** Changes one stream; a new kind moves it to the end of that kind. */
export function patchStream(streams: readonly StreamDraft[], key: string, patch: Partial<StreamDraft>): StreamDraft[] {
  const before = streams.find(stream => stream.key === key);
  if (!before) return [...streams];
  const after = { ...before, ...patch };
  if (after.kind === before.kind) return streams.map(stream => (stream.key === key ? after : stream));
  return ordered([...streams.filter(stream => stream.key !== key), after]);
}

/** Moves a stream by one place among those of its kind. */
export function moveStream(streams: readonly StreamDraft[], key: string, by: 1 | -1): StreamDraft[] {
  const from = streams.findIndex(stream => stream.key === key);
  const other = streams[from + by];
  const stream = streams[from];
  if (!stream || !other || other.kind !== stream.kind) return [...streams];
  const result = [...streams];
  result[from] = other;
  result[from + by] = stream;
  return result;
}

/** Puts a dragged stream where another one of its kind is. */
export function dropStream(streams: readonly StreamDraft[], key: string, onto: string): StreamDraft[] {
  const stream = streams.find(item => item.key === key);
  const target = streams.find(item => item.key === onto);
  if (!stream || !target || stream === target || stream.kind !== target.kind) return [...streams];
  const down = streams.indexOf(stream) < streams.indexOf(target);
  const rest = streams.filter(item => item !== stream);
  const at = rest.indexOf(target) + (down ? 1 : 0);
  return [...rest.slice(0, at), stream, ...rest.slice(at)];
}

/** Sum of the weights that take part: what a share is a share of. */
export function activeWeight(items: readonly { weight: number; active: boolean }[]): number {
  return items.reduce((sum, item) => (item.active ? sum + item.weight : sum), 0);
}

/**
 * The stream before the one at `index` that lets everybody in, among streams that are asked top down: what comes after it gets only the
 * visitors whom it cannot take, such as when all its destinations are full.
 */
export function shadowOf(group: readonly StreamDraft[], index: number): StreamDraft | undefined {
  return group
    .slice(0, index)
    .find(({ active, rules, caps, schedule }) => active && rules.parts.length === 0 && caps.length === 0 && !schedule);
}
