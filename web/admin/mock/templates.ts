/** Made-up templates of sources and networks. */
import type { NetworkTemplate, SourceTemplate } from '../src/api/types.ts';

export const sourceTemplates: SourceTemplate[] = [
  {
    name: 'PopRiver',
    kind: 'pop',
    parameters: [{ parameter: 'cid', token: '{click_id}', role: 'external_id', label: 'Click id' }],
    postback_url: 'https://s2s.popriver.example/conversion?account=YOUR_ACCOUNT&cid={external_id}',
    pages: ['https://help.popriver.example/postback'],
  },
];

export const networkTemplates: NetworkTemplate[] = [
  {
    name: 'Lead Harbour',
    kind: 'network',
    click_id_token: '{aff_sub}',
    payout_token: '{payout}',
    status_token: '',
    transaction_token: '{txid}',
    offer_parameters: 'aff_sub={click_id}',
    statuses: [],
    pages: ['https://help.harbour.example/postback'],
  },
];
