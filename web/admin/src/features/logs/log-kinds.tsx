/** What each of the logs shows: its columns, the fields it is filtered by, and what the drawer says. */
import { findDeadLetters } from '@/api/dead-letters';
import {
  findClicks,
  findConversions,
  findDeliveries,
  findLandingClicks,
  findPostbacks,
  type LogParams,
} from '@/api/logs';
import type {
  ClickRow,
  Condition,
  ConversionRow,
  DeadLetterRow,
  DeliveryRow,
  LandingClickRow,
  PostbackRow,
} from '@/api/types';
import type { ColumnDef } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { ClickTrace } from './click-trace';
import { clickColumns, clickDetail } from './clicks';
import { ConversionHistory } from './conversion-history';
import { conversionColumns, conversionDetail } from './conversions';
import { DeadLetterActions, DeadLetterAgain } from './dead-letter-again';
import { deadLetterColumns, deadLetterDetail } from './dead-letters';
import { DeliveryAgain } from './delivery-again';
import { deliveryColumns, deliveryDetail } from './deliveries';
import { landingClickColumns, landingClickDetail } from './landing-clicks';
import { PostbackActions } from './postback-actions';
import { PostbackAgain } from './postback-again';
import { postbackColumns, postbackDetail } from './postbacks';
import type { DetailSection, LogContext, LogSelection } from './log-context';

export interface LogKind<T> {
  title: string;
  description: string;
  find: (query: LogParams) => Promise<{ items: T[]; next_cursor: string | null; took_ms: number }>;
  rowId: (row: T) => string;
  columns: (context: LogContext) => ColumnDef<T>[];
  detail: (row: T, context: LogContext) => DetailSection[];
  /** Further parts of the drawer that ask the server. */
  More?: (props: { row: T; context: LogContext }) => ReactNode;
  /** What can be done with the log as a whole, beside Refresh. */
  Actions?: (props: LogActionsProps) => ReactNode;
  /** Filters that are one click away. */
  views?: readonly QuickView[];
  /** Whether rows can be ticked. */
  selectable?: boolean;
  empty: string;
}

export interface QuickView {
  label: string;
  title: string;
  /** As they stand in a URL. */
  filters: string;
}

/** What a log shows, in words of the API. */
export interface ShownPart {
  from: string;
  to?: string;
  filters: Condition[];
}

export interface LogActionsProps {
  shown: () => ShownPart;
  selection?: LogSelection | undefined;
}

const clicks: LogKind<ClickRow> = {
  title: 'Clicks',
  description: 'Every click as it was received and where it was sent.',
  find: findClicks,
  rowId: row => row.id,
  columns: clickColumns,
  detail: clickDetail,
  More: ClickTrace,
  views: [
    { label: 'All clicks', title: 'Every click', filters: '' },
    {
      label: 'Trafficback',
      title: 'Clicks that no stream took, or that found no destination, a cap or a loop',
      filters: 'trafficback~is_true',
    },
    { label: 'Bots', title: 'Clicks that are held to be those of machines', filters: 'is_bot~is_true' },
  ],
  empty: 'Open a campaign’s link: its click is here about a second later.',
};

const landingClicks: LogKind<LandingClickRow> = {
  title: 'Landing clicks',
  description: 'Visitors who went on from a landing page, by the time of the click that brought them.',
  find: findLandingClicks,
  rowId: row => `${row.click_id}.${row.at}`,
  columns: landingClickColumns,
  detail: landingClickDetail,
  empty: 'A visitor of a landing page who follows its link to the offer is here about a second later.',
};

const conversions: LogKind<ConversionRow> = {
  title: 'Conversions',
  description: 'Every conversion and each change of its status or payout.',
  find: findConversions,
  rowId: row => `${row.id}.${row.revision}`,
  columns: conversionColumns,
  detail: conversionDetail,
  More: ConversionHistory,
  empty: 'Conversions come in through a network’s postback URL. Find the URL on the network’s page.',
};

const postbacks: LogKind<PostbackRow> = {
  title: 'Received postbacks',
  description: 'Everything that networks sent, what became of it, and why.',
  find: findPostbacks,
  rowId: row => row.id,
  columns: postbackColumns,
  detail: postbackDetail,
  More: PostbackAgain,
  Actions: PostbackActions,
  empty:
    'Paste a network’s postback URL into the network, call it by hand with a click id to test it, or upload a file.',
};

const deliveries: LogKind<DeliveryRow> = {
  title: 'Deliveries',
  description: 'Each attempt to call an outgoing postback, and what the other side answered.',
  find: findDeliveries,
  rowId: row => `${row.conversion_id}.${row.revision}.${row.output?.id ?? ''}.${row.attempt}`,
  columns: deliveryColumns,
  detail: deliveryDetail,
  More: DeliveryAgain,
  empty: 'Set up an outgoing postback: it is called for each conversion.',
};

const deadLetters: LogKind<DeadLetterRow> = {
  title: 'Dead letters',
  description: 'Records that could not be written to the reports, of the whole instance. Nothing of them is lost.',
  find: findDeadLetters,
  rowId: row => row.id,
  columns: deadLetterColumns,
  detail: deadLetterDetail,
  More: DeadLetterAgain,
  Actions: DeadLetterActions,
  selectable: true,
  empty: 'Everything could be written.',
};

export const LOG_KINDS = {
  clicks,
  landing_clicks: landingClicks,
  conversions,
  postbacks,
  deliveries,
  dead_letters: deadLetters,
};

export type LogName = keyof typeof LOG_KINDS;

export function isLogName(text: string): text is LogName {
  return Object.hasOwn(LOG_KINDS, text);
}
