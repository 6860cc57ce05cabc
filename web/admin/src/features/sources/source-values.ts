import type { OutputInput, Source, SourceInput, SourceTemplate } from '@/api/types';

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
  /** Only when the source is new: the outgoing postback that is made with it. */
  postback: { told: boolean; url: string };
}

const NO_POSTBACK = { told: false, url: '' };

export function valuesOf(source: Source | null): SourceValues {
  if (!source) return { name: '', parameters: [], currency: null, notes: '', postback: NO_POSTBACK };
  const parameters = source.parameters.map(({ parameter, token = '', role, label = '' }) => ({
    parameter,
    token,
    role,
    label,
  }));
  return { name: source.name, parameters, currency: source.currency, notes: source.notes, postback: NO_POSTBACK };
}

/** Parts of a template's address that only the account knows, such as `YOUR_GOAL_ID`. */
export const ownParts = (url: string): string[] => [...new Set(url.match(/YOUR_[A-Z_]+/g) ?? [])];

/** What a template puts into the form; what it does not know stays as it was typed. */
export function templateValues(template: SourceTemplate): Pick<SourceValues, 'name' | 'parameters' | 'postback'> {
  const url = template.postback_url;
  return {
    name: template.name,
    parameters: template.parameters.map(({ parameter, token = '', role, label = '' }) => ({
      parameter,
      token,
      role,
      label,
    })),
    postback: { told: url !== '' && ownParts(url).length === 0, url },
  };
}

/** The outgoing postback of a new source. */
export function postbackOf({ name, postback }: SourceValues, source: string): OutputInput {
  return { name, url: postback.url.trim(), scope: { type: 'source', id: source } };
}

export function inputOf(form: SourceValues, version?: number): SourceInput {
  const { postback: _postback, ...values } = form;
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
