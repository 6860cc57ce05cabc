import type { ConversionApi, ConversionStatus, Output, OutputInput, OutputScope, Platform } from '@/api/types';
import { apiInput, apiValues, type ApiValues } from './conversion-api-values';

export interface OutputValues {
  /** What is told: a URL of our own making, or a platform's conversion API. */
  target: 'url' | Platform;
  name: string;
  active: boolean;
  scope: { type: OutputScope['type']; id: string | null };
  statuses: ConversionStatus[];
  second_statuses: string[];
  method: Output['method'];
  url: string;
  body: string;
  payout_percent: string;
  conversion_api: ApiValues;
  notes: string;
}

export function valuesOf(output: Output | null): OutputValues {
  const held: ConversionApi | null = output?.conversion_api ?? null;
  const target = held?.platform ?? 'url';
  const conversion_api = apiValues(held);
  if (!output) {
    return {
      target,
      conversion_api,
      name: '',
      active: true,
      scope: { type: 'source', id: null },
      statuses: [],
      second_statuses: [],
      method: 'GET',
      url: '',
      body: '',
      payout_percent: '100',
      notes: '',
    };
  }
  const { name, active, scope, statuses, second_statuses, method, url, body, payout_percent, notes } = output;
  const id = 'id' in scope ? scope.id : null;
  return {
    target,
    conversion_api,
    name,
    active,
    scope: { type: scope.type, id },
    statuses,
    second_statuses,
    method,
    url,
    body,
    payout_percent,
    notes,
  };
}

export function inputOf(values: OutputValues, version?: number): OutputInput {
  const { scope, name, body, target, conversion_api: api, ...rest } = values;
  const plain = target === 'url';
  return {
    ...rest,
    conversion_api: plain ? null : apiInput(target, api),
    ...(name.trim() ? { name: name.trim() } : {}),
    url: values.url.trim(),
    statuses: plain ? values.statuses : [],
    method: plain ? values.method : 'POST',
    body: plain && values.method === 'POST' ? body : '',
    payout_percent: values.payout_percent.trim() || '100',
    scope: scope.type === 'workspace' ? { type: 'workspace' } : { type: scope.type, id: scope.id ?? '' },
    ...(version === undefined ? {} : { version }),
  };
}
