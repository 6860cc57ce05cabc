/** Erasures of visitors' data in words. Pure. */
import type { Erasure, ErasureBy, ErasureState } from '@/api/types';
import type { BadgeTone } from '@/components/ui/badge';
import { formatCount } from '@/lib/format';

export const STATES: Record<ErasureState, { label: string; tone: BadgeTone; title: string }> = {
  requested: { label: 'asked for', tone: 'warning', title: 'It begins in a moment.' },
  finding: {
    label: 'finding',
    tone: 'warning',
    title: 'What was on its way is being written first, so that every click is found.',
  },
  forgetting: {
    label: 'forgetting',
    tone: 'warning',
    title: 'What comes about the clicks is refused already. Conversions and deliveries are being forgotten.',
  },
  waiting: { label: 'waiting', tone: 'warning', title: 'What was on its way since is being written.' },
  deleting: { label: 'erasing', tone: 'warning', title: 'Rows are being deleted, and those of reports emptied.' },
  done: { label: 'erased', tone: 'neutral', title: 'Nothing is left.' },
};

interface Kind {
  label: string;
  /** Label of the field. */
  field: string;
  hint: string;
  /** Whether a range narrows it. */
  ranged: boolean;
}

export const KINDS: Record<ErasureBy, Kind> = {
  visitor: {
    label: 'Click, and everything of the same visitor',
    field: 'Click id',
    hint: 'Of any click of the person. The others are found by how the campaigns know visitors.',
    ranged: false,
  },
  click: { label: 'Click alone', field: 'Click id', hint: 'Nothing else of its visitor is touched.', ranged: false },
  address: {
    label: 'Address',
    field: 'IP address',
    hint: 'As it is kept: of a network, if only networks are kept. Several people may have had it.',
    ranged: true,
  },
  external_id: {
    label: 'External id',
    field: 'External id',
    hint: "The traffic source's own id of the click.",
    ranged: true,
  },
};

const SHORT: Record<ErasureBy, string> = {
  visitor: 'A visitor',
  click: 'A click',
  address: 'An address',
  external_id: 'An external id',
};

/** What it was asked by; whom it was about is not kept. */
export const shortOf = (by: ErasureBy) => SHORT[by];

type Counts = Pick<Erasure, 'clicks' | 'conversions' | 'postbacks' | 'deliveries'>;

/** `3 clicks, 1 conversion, 2 postbacks, 0 deliveries`. */
export function countsInWords({ clicks, conversions, postbacks, deliveries }: Counts): string {
  const of = (count: number, one: string, many: string) => `${formatCount(count)} ${count === 1 ? one : many}`;
  return [
    of(clicks, 'click', 'clicks'),
    of(conversions, 'conversion', 'conversions'),
    of(postbacks, 'postback', 'postbacks'),
    of(deliveries, 'delivery', 'deliveries'),
  ].join(', ');
}

export const isNothing = (counts: Counts) =>
  counts.clicks + counts.conversions + counts.postbacks + counts.deliveries === 0;
