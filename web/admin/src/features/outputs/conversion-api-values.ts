import type { ConversionApi, ConversionStatus, Platform } from '@/api/types';

export interface CredentialValues {
  access_token: string;
  developer_token: string;
  client_id: string;
  client_secret: string;
  refresh_token: string;
}

export interface ApiValues {
  account: string;
  manager_account: string;
  token_url: string;
  /** Event by status; empty: not told. */
  events: Partial<Record<ConversionStatus, string>>;
  click_id: string;
  test_code: string;
  credentials: CredentialValues;
  /** Names of credentials that the server keeps. */
  held: string[];
}

const NO_CREDENTIALS: CredentialValues = {
  access_token: '',
  developer_token: '',
  client_id: '',
  client_secret: '',
  refresh_token: '',
};

interface PlatformInfo {
  title: string;
  /** Where its API lives when nothing else is typed. */
  url: string;
  account: string;
  accountHint: string;
  clickId: string;
  /** Placeholder of an event. */
  event: string;
  /** Events that people usually want, by status. */
  usual: Partial<Record<ConversionStatus, string>>;
  credentials: [keyof CredentialValues, string][];
}

export const PLATFORMS: Record<Platform, PlatformInfo> = {
  meta: {
    title: 'Meta Conversions API',
    url: 'https://graph.facebook.com/v25.0',
    account: 'Dataset (pixel) id',
    accountHint: 'In Meta’s Events Manager, digits only.',
    clickId: 'fbclid',
    event: 'Purchase',
    usual: { lead: 'Lead', sale: 'Purchase', registration: 'CompleteRegistration', deposit: 'Purchase' },
    credentials: [['access_token', 'Access token']],
  },
  tiktok: {
    title: 'TikTok Events API',
    url: 'https://business-api.tiktok.com/open_api/v1.3',
    account: 'Pixel code',
    accountHint: 'In TikTok’s Events Manager.',
    clickId: 'ttclid',
    event: 'Purchase',
    usual: { sale: 'Purchase', registration: 'CompleteRegistration', deposit: 'Purchase' },
    credentials: [['access_token', 'Access token']],
  },
  google: {
    title: 'Google Ads click conversions',
    url: 'https://googleads.googleapis.com/v26',
    account: 'Customer id',
    accountHint: 'Digits only, without dashes.',
    clickId: 'gclid',
    event: 'Number of the conversion action',
    usual: {},
    credentials: [
      ['developer_token', 'Developer token'],
      ['client_id', 'OAuth client id'],
      ['client_secret', 'OAuth client secret'],
      ['refresh_token', 'OAuth refresh token'],
    ],
  },
};

export function apiValues(api: ConversionApi | null): ApiValues {
  return {
    account: api?.account ?? '',
    manager_account: api?.manager_account ?? '',
    token_url: api?.token_url ?? '',
    events: Object.fromEntries((api?.events ?? []).map(it => [it.status, it.event])),
    click_id: api?.click_id ?? 'external_id',
    test_code: api?.test_code ?? '',
    credentials: NO_CREDENTIALS,
    held: api?.credentials_set ?? [],
  };
}

export function apiInput(platform: Platform, values: ApiValues): ConversionApi {
  const google = platform === 'google';
  const events = Object.entries(values.events)
    .map(([status, event]) => ({ status: status as ConversionStatus, event: (event ?? '').trim() }))
    .filter(it => it.event !== '');
  const { account, manager_account, token_url, click_id, test_code, credentials } = values;
  return {
    platform,
    account: account.trim(),
    manager_account: google ? manager_account.trim() : '',
    token_url: google ? token_url.trim() : '',
    events,
    click_id,
    test_code: google ? '' : test_code.trim(),
    credentials,
  };
}
