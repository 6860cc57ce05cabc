/** Cells and detail rows that several logs share. */
import type { ClickOrigin, EntityRef, VisitorInfo } from '@/api/types';
import { Badge, type BadgeTone } from '@/components/ui/badge';
import { CopyButton } from '@/components/ui/copy-field';
import { Text } from '@/components/value';
import { countryName } from '@/lib/geography';
import { pathOf } from '@/lib/paths';
import { formatAgo, formatDateTime, formatLogTime } from '@/lib/time';
import { Link } from '@tanstack/react-router';
import type { DetailSection } from './log-context';

const TONES: Record<string, BadgeTone> = {
  routed: 'positive',
  no_stream: 'warning',
  no_destination: 'warning',
  campaign_paused: 'warning',
  not_found: 'negative',
  accepted: 'positive',
  updated: 'accent',
  duplicate: 'neutral',
  held: 'warning',
  orphan: 'warning',
  refused: 'negative',
  received: 'neutral',
  delivered: 'positive',
  retry: 'warning',
  dead: 'negative',
  sale: 'positive',
  deposit: 'positive',
  rebill: 'positive',
  lead: 'accent',
  registration: 'accent',
  rejected: 'negative',
  trash: 'negative',
};

/** A word of the API with the colour that it deserves. */
export function Word({ word, title }: { word: string; title?: string }) {
  return (
    <Badge tone={TONES[word] ?? 'neutral'} {...(title ? { title } : {})}>
      {word.replaceAll('_', ' ')}
    </Badge>
  );
}

export function TimeCell({ at, timezone }: { at: string; timezone: string }) {
  return (
    <span className="num" title={`${formatDateTime(at, timezone)} ${timezone}, ${formatAgo(at)}`}>
      {formatLogTime(at, timezone)}
    </span>
  );
}

export function Place({ visitor }: { visitor: VisitorInfo }) {
  if (!visitor.country) return <Text value="" />;
  const rest = visitor.city || visitor.region;
  return (
    <span
      className="block max-w-44 truncate"
      title={[countryName(visitor.country), visitor.region, visitor.city].filter(Boolean).join(', ')}
    >
      {visitor.country}
      {rest && <span className="text-ink-faint"> {rest}</span>}
    </span>
  );
}

export function Gadget({ visitor }: { visitor: VisitorInfo }) {
  return (
    <Text
      value={[visitor.os, visitor.browser].filter(Boolean).join(' · ') || visitor.device_type}
      className="max-w-40"
    />
  );
}

export function EntityLink({ kind, entity }: { kind: string; entity: EntityRef | null | undefined }) {
  if (!entity) return <Text value="" />;
  const path = pathOf(kind, entity.id);
  if (!path) return <Text value={entity.name} />;
  return (
    <Link to={path} className="hover:text-accent-text block rounded break-words hover:underline">
      {entity.name}
    </Link>
  );
}

export function IdText({ id, label }: { id: string; label: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="font-mono text-xs break-all">{id}</code>
      <CopyButton value={id} label={`Copy ${label}`} />
    </span>
  );
}

/** A click id with the way to the click itself. */
export function ClickLink({ id }: { id: string }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <IdText id={id} label="click id" />
      <Link
        to="/logs/$kind"
        params={{ kind: 'clicks' }}
        search={{ range: 'all', f: `click_id~equals~${id}`, row: id }}
        className="text-accent-text text-xs hover:underline"
      >
        Show click
      </Link>
    </span>
  );
}

/** A visitor's key with the way to all clicks of the visitor. */
export function VisitorLink({ visitor }: { visitor: string }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <IdText id={visitor} label="visitor key" />
      <Link
        to="/logs/$kind"
        params={{ kind: 'clicks' }}
        search={{ range: '30d', f: `visitor_key~equals~${visitor}` }}
        className="text-accent-text text-xs hover:underline"
      >
        Clicks of this visitor
      </Link>
    </span>
  );
}

export function Mono({ text }: { text: string }) {
  return text ? <code className="font-mono text-xs break-all">{text}</code> : null;
}

export function originSection(origin: ClickOrigin): DetailSection {
  const link = (kind: string, entity: EntityRef | null | undefined) =>
    entity && <EntityLink kind={kind} entity={entity} />;
  return {
    title: 'Way',
    rows: [
      ['Campaign', link('campaigns', origin.campaign)],
      ['Stream', origin.stream?.name],
      ['Landing', link('destinations', origin.landing)],
      ['Destination', link('destinations', origin.destination)],
      ['Traffic source', link('sources', origin.source)],
      ['Network', link('networks', origin.network)],
      ['Domain', origin.domain?.name],
    ],
  };
}

export function parameterSection(origin: ClickOrigin): DetailSection {
  const subIds = Object.entries(origin.sub_ids ?? {}).toSorted(([a], [b]) => Number(a) - Number(b));
  return {
    title: 'Parameters of the source',
    rows: [
      ['External click id', <Mono key="x" text={origin.external_id} />],
      ['Keyword', origin.keyword],
      ['Ad campaign', origin.ad_campaign_id],
      ['Creative', origin.creative_id],
      ['Site', origin.site],
      ...subIds.map(([number, value]): [string, string] => [`Sub id ${number}`, value]),
    ],
  };
}

export function visitorSection(visitor: VisitorInfo): DetailSection {
  const version = (name: string, text: string) => [name, text].filter(Boolean).join(' ');
  return {
    title: 'Visitor',
    rows: [
      ['Country', visitor.country && countryName(visitor.country)],
      ['Region, city', [visitor.region, visitor.city].filter(Boolean).join(', ')],
      ['Provider', [visitor.isp, visitor.asn > 0 ? `AS${visitor.asn}` : ''].filter(Boolean).join(', ')],
      ['Connection', visitor.connection_type === 'unknown' ? '' : visitor.connection_type],
      ['Device', [visitor.device_type, visitor.device_brand, visitor.device_model].filter(Boolean).join(' · ')],
      ['Operating system', version(visitor.os, visitor.os_version)],
      ['Browser', version(visitor.browser, visitor.browser_version)],
      ['Language', visitor.language],
      ['Bot', visitor.bot ? `yes: ${visitor.bot_reason.replaceAll('_', ' ')}` : 'no'],
    ],
  };
}
