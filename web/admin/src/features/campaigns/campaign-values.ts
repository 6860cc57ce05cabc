import type { BotPolicy, Campaign, CampaignInput, Cap, CostModel } from '@/api/types';
import { capInput } from '@/lib/caps';
import { draftOf, inputOfStream, ordered, type StreamDraft } from './streams/stream-ops';

/** What the editor edits: the cost taken apart into fields, absent texts as empty ones. */
export interface CampaignValues {
  name: string;
  slug: string;
  domain_id: string | null;
  state: Campaign['state'];
  source_id: string | null;
  cost: { model: CostModel['model']; amount: string; percent: string };
  cost_from_parameter: boolean;
  currency: string | null;
  uniqueness: { key: UniquenessType; parameter: string; ttl_hours: number };
  stream_selection: Campaign['stream_selection'];
  sticky_streams_hours: number | null;
  caps: Cap[];
  bots: { type: BotPolicy['type']; url: string };
  forward_query: boolean;
  extra_path: Campaign['extra_path'];
  trafficback_url: string;
  lookback_days: string;
  streams: StreamDraft[];
  tags: string[];
  notes: string;
}

/** A parameter by name stands beside its name. */
export type UniquenessType = 'ip_user_agent' | 'ip' | 'cookie' | 'parameter';

export function valuesOf(campaign: Campaign): CampaignValues {
  const { cost, uniqueness, bots } = campaign;
  return {
    name: campaign.name,
    slug: campaign.slug,
    domain_id: campaign.domain_id,
    state: campaign.state,
    source_id: campaign.source_id,
    cost: {
      model: cost.model,
      amount: 'amount' in cost ? cost.amount : '0',
      percent: 'percent' in cost ? cost.percent : '',
    },
    cost_from_parameter: campaign.cost_from_parameter,
    currency: campaign.currency,
    uniqueness: {
      key: typeof uniqueness.key === 'string' ? uniqueness.key : 'parameter',
      parameter: typeof uniqueness.key === 'string' ? '' : uniqueness.key.parameter,
      ttl_hours: uniqueness.ttl_hours,
    },
    stream_selection: campaign.stream_selection,
    sticky_streams_hours: campaign.sticky_streams_hours,
    caps: campaign.caps,
    bots: { type: bots.type, url: bots.type === 'url' ? bots.url : '' },
    forward_query: campaign.forward_query,
    extra_path: campaign.extra_path,
    trafficback_url: campaign.trafficback_url ?? '',
    lookback_days: campaign.lookback_days?.toString() ?? '',
    streams: ordered(campaign.streams.map(draftOf)),
    tags: campaign.tags,
    notes: campaign.notes,
  };
}

export function costOf({ model, amount, percent }: CampaignValues['cost']): CostModel {
  switch (model) {
    case 'none':
      return { model };
    case 'rev_share':
      return { model, percent: percent.trim() || '0' };
    default:
      return { model, amount: amount.trim() || '0' };
  }
}

export function inputOf(values: CampaignValues, version: number): CampaignInput {
  return {
    ...values,
    version,
    name: values.name.trim(),
    slug: values.slug.trim(),
    cost: costOf(values.cost),
    uniqueness: {
      key:
        values.uniqueness.key === 'parameter'
          ? { parameter: values.uniqueness.parameter.trim() }
          : values.uniqueness.key,
      ttl_hours: Number(values.uniqueness.ttl_hours) || 0,
    },
    caps: values.caps.map(capInput),
    bots: values.bots.type === 'url' ? { type: 'url', url: values.bots.url.trim() } : { type: values.bots.type },
    trafficback_url: values.trafficback_url.trim() || null,
    lookback_days: values.lookback_days.trim() ? Number(values.lookback_days) : null,
    streams: values.streams.map(inputOfStream),
  };
}
