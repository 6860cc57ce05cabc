import type { Destination, DestinationInput } from '@/api/types';

/** What the form edits: the payout taken apart into fields. */
export interface DestinationValues {
  name: string;
  kind: Destination['kind'];
  url: string;
  network_id: string | null;
  payout: { type: 'auto' | 'fixed'; amount: string };
  currency: string | null;
  state: Destination['state'];
  tags: string[];
  notes: string;
}

export function valuesOf(destination: Destination | null): DestinationValues {
  if (!destination) {
    return {
      name: '',
      kind: 'offer',
      url: '',
      network_id: null,
      payout: { type: 'auto', amount: '' },
      currency: null,
      state: 'active',
      tags: [],
      notes: '',
    };
  }
  const { name, kind, url, network_id, currency, state, tags, notes, payout } = destination;
  const amount = payout.type === 'fixed' ? payout.amount : '';
  return { name, kind, url, network_id, currency, state, tags, notes, payout: { type: payout.type, amount } };
}

export function inputOf(values: DestinationValues, version?: number): DestinationInput {
  const { payout, name, ...rest } = values;
  return {
    ...rest,
    url: values.url.trim(),
    ...(name.trim() ? { name: name.trim() } : {}),
    payout: payout.type === 'fixed' ? { type: 'fixed', amount: payout.amount.trim() || '0' } : { type: 'auto' },
    ...(version === undefined ? {} : { version }),
  };
}

/** A stored destination as input again, to change one thing about it. */
export function toInput(destination: Destination): DestinationInput {
  return inputOf(valuesOf(destination), destination.version);
}
