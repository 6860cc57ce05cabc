import type { ConversionStatus, Output, OutputInput, OutputScope } from '@/api/types';

export interface OutputValues {
  name: string;
  active: boolean;
  scope: { type: OutputScope['type']; id: string | null };
  statuses: ConversionStatus[];
  method: Output['method'];
  url: string;
  body: string;
  payout_percent: string;
  notes: string;
}

export function valuesOf(output: Output | null): OutputValues {
  if (!output) {
    return {
      name: '',
      active: true,
      scope: { type: 'source', id: null },
      statuses: [],
      method: 'GET',
      url: '',
      body: '',
      payout_percent: '100',
      notes: '',
    };
  }
  const { name, active, scope, statuses, method, url, body, payout_percent, notes } = output;
  const id = 'id' in scope ? scope.id : null;
  return { name, active, scope: { type: scope.type, id }, statuses, method, url, body, payout_percent, notes };
}

export function inputOf(values: OutputValues, version?: number): OutputInput {
  const { scope, name, body, ...rest } = values;
  return {
    ...rest,
    ...(name.trim() ? { name: name.trim() } : {}),
    url: values.url.trim(),
    body: values.method === 'POST' ? body : '',
    payout_percent: values.payout_percent.trim() || '100',
    scope: scope.type === 'workspace' ? { type: 'workspace' } : { type: scope.type, id: scope.id ?? '' },
    ...(version === undefined ? {} : { version }),
  };
}
