import type { Alert, AlertChannel, AlertInput } from '@/api/types';
import { type Condition, conditionsBody, conditionsOf } from '@/lib/conditions';

export type ChannelKind = AlertChannel['type'];

/** One receiver with the fields of every kind; those of its own kind count. */
export interface ChannelValues {
  type: ChannelKind;
  url: string;
  authorization: string;
  base_url: string;
  token: string;
  chat_id: string;
  to: string[];
  /** A secret is kept that is not shown. */
  kept: boolean;
}

export interface AlertValues {
  name: string;
  active: boolean;
  metric: string | null;
  filters: Condition[];
  basis: NonNullable<AlertInput['basis']>;
  bots: NonNullable<AlertInput['bots']>;
  window_minutes: string;
  subject: NonNullable<AlertInput['subject']>;
  comparison: AlertInput['comparison'];
  threshold: string;
  cooldown_minutes: string;
  tells_resolved: boolean;
  channels: ChannelValues[];
}

export const WINDOWS = [
  { value: '15', label: '15 minutes' },
  { value: '30', label: '30 minutes' },
  { value: '60', label: '1 hour' },
  { value: '180', label: '3 hours' },
  { value: '360', label: '6 hours' },
  { value: '720', label: '12 hours' },
  { value: '1440', label: '1 day' },
  { value: '4320', label: '3 days' },
  { value: '10080', label: '7 days' },
  { value: '43200', label: '30 days' },
];

export const COOLDOWNS = [
  { value: '5', label: '5 minutes' },
  { value: '15', label: '15 minutes' },
  { value: '60', label: '1 hour' },
  { value: '360', label: '6 hours' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
];

/** A length that the list lacks, such as one that a program has set. */
export function withLength(options: readonly { value: string; label: string }[], minutes: string) {
  return options.some(option => option.value === minutes)
    ? options
    : [...options, { value: minutes, label: `${minutes} minutes` }];
}

export const COMPARISONS: Record<AlertInput['comparison'], string> = {
  above: 'is more than',
  at_least: 'is at least',
  below: 'is less than',
  at_most: 'is at most',
};

export const newChannel = (type: ChannelKind): ChannelValues => ({
  type,
  url: '',
  authorization: '',
  base_url: '',
  token: '',
  chat_id: '',
  to: [],
  kept: false,
});

function channelValues(channel: AlertChannel): ChannelValues {
  const empty = newChannel(channel.type);
  if (channel.type === 'webhook') return { ...empty, url: channel.url, kept: channel.has_authorization };
  if (channel.type === 'email') return { ...empty, to: channel.to };
  return { ...empty, base_url: channel.base_url, chat_id: channel.chat_id, kept: channel.has_token };
}

export function valuesOf(alert: Alert | null): AlertValues {
  if (!alert) {
    return {
      name: '',
      active: true,
      metric: 'profit',
      filters: [],
      basis: 'conversion',
      bots: 'exclude',
      window_minutes: '60',
      subject: 'value',
      comparison: 'below',
      threshold: '0',
      cooldown_minutes: '60',
      tells_resolved: true,
      channels: [newChannel('webhook')],
    };
  }
  const { name, active, metric, basis, bots, subject, comparison, threshold, tells_resolved } = alert;
  return {
    name,
    active,
    metric,
    filters: conditionsOf(alert.filters),
    basis,
    bots,
    window_minutes: String(alert.window_minutes),
    subject,
    comparison,
    threshold,
    cooldown_minutes: String(alert.cooldown_minutes),
    tells_resolved,
    channels: alert.channels.map(channelValues),
  };
}

function channelInput(channel: ChannelValues): AlertInput['channels'][number] {
  // An empty secret means the one that is kept, where one is.
  const secret = (text: string) => (text.trim() === '' ? null : text.trim());
  switch (channel.type) {
    case 'webhook':
      return { type: 'webhook', url: channel.url.trim(), authorization: secret(channel.authorization) };
    case 'telegram':
      return {
        type: 'telegram',
        base_url: secret(channel.base_url),
        token: secret(channel.token),
        chat_id: channel.chat_id.trim(),
      };
    case 'email':
      return { type: 'email', to: channel.to };
  }
}

/** A comma as decimal sign is understood. */
export function inputOf(values: AlertValues, version?: number): AlertInput {
  return {
    ...values,
    name: values.name.trim(),
    metric: values.metric ?? '',
    filters: conditionsBody(values.filters),
    window_minutes: Number(values.window_minutes),
    threshold: values.threshold.trim().replace(',', '.'),
    cooldown_minutes: Number(values.cooldown_minutes),
    channels: values.channels.map(channelInput),
    ...(version === undefined ? {} : { version }),
  };
}
