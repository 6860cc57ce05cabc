import type { ConversionStatus, Network, NetworkInput, NetworkTemplate } from '@/api/types';

export interface NetworkValues {
  name: string;
  click_id_token: string;
  payout_token: string;
  status_token: string;
  transaction_token: string;
  statuses: { word: string; status: ConversionStatus }[];
  currency: string | null;
  offer_parameters: string;
  allowed_ips: string[];
  keyless: boolean;
  notes: string;
}

export function valuesOf(network: Network | null): NetworkValues {
  if (!network) {
    return {
      name: '',
      click_id_token: '',
      payout_token: '',
      status_token: '',
      transaction_token: '',
      statuses: [],
      currency: null,
      offer_parameters: '',
      allowed_ips: [],
      keyless: false,
      notes: '',
    };
  }
  const {
    name,
    click_id_token,
    payout_token,
    status_token,
    transaction_token,
    statuses,
    currency,
    offer_parameters,
    allowed_ips,
    keyless,
    notes,
  } = network;
  return {
    name,
    click_id_token,
    payout_token,
    status_token,
    transaction_token,
    statuses,
    currency,
    offer_parameters,
    allowed_ips,
    keyless,
    notes,
  };
}

export function inputOf(values: NetworkValues, version?: number): NetworkInput {
  return {
    ...values,
    click_id_token: values.click_id_token.trim(),
    payout_token: values.payout_token.trim(),
    status_token: values.status_token.trim(),
    transaction_token: values.transaction_token.trim(),
    offer_parameters: values.offer_parameters.trim().replace(/^[?&]/, ''),
    statuses: values.statuses.map(row => ({ word: row.word.trim(), status: row.status })),
    ...(version === undefined ? {} : { version }),
  };
}

type Known =
  'name' | 'click_id_token' | 'payout_token' | 'status_token' | 'transaction_token' | 'offer_parameters' | 'statuses';

/** What a template puts into the form, field by field; the others stay as they are. */
export function templateValues(template: NetworkTemplate): [Known, NetworkValues[Known]][] {
  return [
    ['name', template.name],
    ['click_id_token', template.click_id_token],
    ['payout_token', template.payout_token],
    ['status_token', template.status_token],
    ['transaction_token', template.transaction_token],
    ['offer_parameters', template.offer_parameters],
    ['statuses', template.statuses],
  ];
}
