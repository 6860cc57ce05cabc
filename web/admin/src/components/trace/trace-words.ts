/** How the parts of a trace read. */
import type { CapTrace, Draw, RouteTrace, StreamTrace, Trace } from '@/api/types';
import type { BadgeTone } from '@/components/ui/badge';
import { capText } from '@/lib/caps';
import { formatDateTime } from '@/lib/time';

export const OUTCOMES: Record<string, { label: string; tone: BadgeTone }> = {
  routed: { label: 'Routed', tone: 'positive' },
  answered: { label: 'Answered by the stream', tone: 'positive' },
  no_stream: { label: 'No stream took it', tone: 'warning' },
  no_destination: { label: 'No destination available', tone: 'warning' },
  campaign_paused: { label: 'Campaign is paused', tone: 'warning' },
  cap_reached: { label: 'A cap of the campaign is reached', tone: 'warning' },
  exhausted: { label: 'The visitor has been everywhere', tone: 'warning' },
  loop: { label: 'Handed round in a loop', tone: 'negative' },
  bot: { label: 'Answered as a bot', tone: 'neutral' },
  not_found: { label: 'Answered with 404', tone: 'neutral' },
};

export const VERDICTS: Record<StreamTrace['verdict'], { label: string; tone: BadgeTone }> = {
  taken: { label: 'took the click', tone: 'positive' },
  refused: { label: 'conditions do not hold', tone: 'negative' },
  closed: { label: 'outside its schedule', tone: 'warning' },
  cap_reached: { label: 'cap reached', tone: 'warning' },
  exhausted: { label: 'visitor has been to all of it', tone: 'warning' },
  switched_off: { label: 'switched off', tone: 'neutral' },
  not_reached: { label: 'its turn did not come', tone: 'neutral' },
};

export const ROUTE_STATES: Record<RouteTrace['state'], string> = {
  available: '',
  switched_off: 'switched off',
  destination_unavailable: 'paused, down or archived',
  destination_missing: 'does not exist any more',
  closed: 'outside its schedule',
  cap_reached: 'cap reached',
  unhealthy: 'health check fails',
  loss: 'loses too much',
  visited: 'the visitor has been there',
};

export const TRAFFICBACKS: Record<NonNullable<Trace['trafficback']>, string> = {
  stream: 'the stream’s',
  campaign: 'the campaign’s',
  domain: 'the domain’s',
};

/** `120 of 100 clicks a day since …`. */
export function capReached(cap: CapTrace, timezone: string): string {
  const since = cap.since ? ` since ${formatDateTime(cap.since, timezone)}` : '';
  return `${cap.counted} counted${since}; the cap is ${capText({ ...cap, timezone: null })}`;
}

/** Why this one of several. */
export function drawText(draw: Draw, timezone: string): string {
  switch (draw.type) {
    case 'weight':
      return 'drawn by weight';
    case 'sticky':
      return `the visitor’s own choice, kept until ${formatDateTime(draw.until, timezone)}`;
    case 'turn':
      return `turn number ${draw.number}`;
    case 'first':
      return 'the first that takes traffic';
    case 'explored':
      return 'drawn by weight: the part that goes on exploring';
    case 'best':
      return 'what has paid best so far';
    case 'unlearned':
      return 'drawn by weight: nothing is known yet';
    case 'asked':
      return 'the landing page asked for it';
  }
}
