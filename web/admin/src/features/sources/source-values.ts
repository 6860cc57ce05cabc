import type { Source, SourceInput } from '@/api/types';

export interface ParameterValues {
  parameter: string;
  token: string;
  role: string;
  label: string;
}

export interface SourceValues {
  name: string;
  parameters: ParameterValues[];
  currency: string | null;
  notes: string;
}

export function valuesOf(source: Source | null): SourceValues {
  if (!source) return { name: '', parameters: [], currency: null, notes: '' };
  const parameters = source.parameters.map(({ parameter, token = '', role, label = '' }) => ({
    parameter,
    token,
    role,
    label,
  }));
  return { name: source.name, parameters, currency: source.currency, notes: source.notes };
}

export function inputOf(values: SourceValues, version?: number): SourceInput {
  const parameters = values.parameters.map(row => ({
    parameter: row.parameter.trim(),
    token: row.token.trim(),
    role: row.role,
    label: row.label.trim(),
  }));
  return { ...values, parameters, ...(version === undefined ? {} : { version }) };
}

/** The first sub id that no row uses yet. */
export function freeSubId(rows: readonly ParameterValues[]): string {
  for (let number = 1; number <= 30; number += 1) {
    if (!rows.some(row => row.role === `sub_id_${number}`)) return `sub_id_${number}`;
  }
  return 'sub_id_30';
}

/** Rows that nearly every source has; the parameter is ours to name, the token is the source's. */
export const USUAL: (ParameterValues & { title: string })[] = [
  { title: 'Click id', parameter: 'click_id', token: '', role: 'external_id', label: 'Click id of the source' },
  { title: 'Cost', parameter: 'cost', token: '', role: 'cost', label: 'Cost' },
  { title: 'Campaign', parameter: 'campaign', token: '', role: 'ad_campaign_id', label: 'Campaign' },
  { title: 'Creative', parameter: 'creative', token: '', role: 'creative_id', label: 'Creative' },
  { title: 'Site or zone', parameter: 'site', token: '', role: 'site', label: 'Site' },
  { title: 'Keyword', parameter: 'keyword', token: '', role: 'keyword', label: 'Keyword' },
];

/** The query string that a campaign link gets from this source. */
export function previewQuery(rows: readonly ParameterValues[]): string {
  return rows
    .filter(row => row.parameter.trim() !== '')
    .map(row => `${row.parameter.trim()}=${row.token.trim()}`)
    .join('&');
}
