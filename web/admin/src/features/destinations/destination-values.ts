import type { Cap, ConversionStatus, Destination, DestinationInput, Schedule } from '@/api/types';
import { capInput } from '@/lib/caps';

/** What the form edits: the payout taken apart into fields. */
export interface DestinationValues {
  name: string;
  kind: Destination['kind'];
  url: string;
  network_id: string | null;
  payout: { type: 'auto' | 'fixed'; amount: string };
  payout_rules: {
    statuses: ConversionStatus[];
    countries: string[];
    payout: { type: 'auto' | 'fixed'; amount: string };
  }[];
  currency: string | null;
  state: Destination['state'];
  hosted: boolean;
  caps: Cap[];
  alternative_id: string | null;
  schedule: Schedule | null;
  health: { on: boolean; url: string; interval_seconds: number; failures: number };
  loss_rule: { on: boolean; roi_below: string; clicks_min: number; window_hours: number };
  tags: string[];
  notes: string;
}

const HEALTH = { on: false, url: '', interval_seconds: 60, failures: 3 };

const LOSS_RULE = { on: false, roi_below: '-30', clicks_min: 500, window_hours: 24 };

export function valuesOf(destination: Destination | null): DestinationValues {
  if (!destination) {
    return {
      name: '',
      kind: 'offer',
      url: '',
      network_id: null,
      payout: { type: 'auto', amount: '' },
      payout_rules: [],
      currency: null,
      state: 'active',
      hosted: false,
      caps: [],
      alternative_id: null,
      schedule: null,
      health: HEALTH,
      loss_rule: LOSS_RULE,
      tags: [],
      notes: '',
    };
  }
  const { name, kind, url, network_id, currency, state, hosted, alternative_id, schedule, tags, notes } = destination;
  const { caps, health, loss_rule, payout } = destination;
  const amount = payout.type === 'fixed' ? payout.amount : '';
  return {
    name,
    kind,
    url,
    network_id,
    currency,
    state,
    hosted,
    caps,
    alternative_id,
    schedule,
    health: health ? { ...HEALTH, ...health, on: true, url: health.url ?? '' } : HEALTH,
    loss_rule: loss_rule ? { ...loss_rule, on: true } : LOSS_RULE,
    tags,
    notes,
    payout: { type: payout.type, amount },
    payout_rules: destination.payout_rules.map(rule => ({
      statuses: rule.statuses ?? [],
      countries: rule.countries ?? [],
      payout: { type: rule.payout.type, amount: rule.payout.type === 'fixed' ? rule.payout.amount : '' },
    })),
  };
}

const payoutInput = ({ type, amount }: DestinationValues['payout']): DestinationInput['payout'] =>
  type === 'fixed' ? { type, amount: amount.trim() || '0' } : { type };

export function inputOf(values: DestinationValues, version?: number): DestinationInput {
  const { payout, name, health, loss_rule, ...rest } = values;
  return {
    ...rest,
    url: values.url.trim(),
    hosted: values.hosted && values.kind === 'landing',
    caps: values.caps.map(capInput),
    payout_rules: values.payout_rules.map(rule => ({
      ...rule,
      payout: payoutInput(rule.payout) ?? { type: 'auto' as const },
    })),
    health: health.on
      ? {
          url: health.url.trim() || null,
          interval_seconds: Number(health.interval_seconds) || 0,
          failures: Number(health.failures) || 0,
        }
      : null,
    loss_rule: loss_rule.on
      ? {
          roi_below: loss_rule.roi_below.trim() || '0',
          clicks_min: Number(loss_rule.clicks_min) || 0,
          window_hours: Number(loss_rule.window_hours) || 0,
        }
      : null,
    ...(name.trim() ? { name: name.trim() } : {}),
    payout: payoutInput(payout),
    ...(version === undefined ? {} : { version }),
  };
}

/** A stored destination as input again, to change one thing about it. */
export function toInput(destination: Destination): DestinationInput {
  return inputOf(valuesOf(destination), destination.version);
}
