/** Made-up rows of the logs. */
import type {
  Campaign,
  ClickOrigin,
  ClickRow,
  ConversionRow,
  DeadLetterRow,
  DeliveryRow,
  LandingClickRow,
  PostbackRow,
  VisitorInfo,
} from '../src/api/types.ts';
import { campaigns, destinations, networks, outputs, sources } from './fixtures.ts';
import { traceOf } from './trace.ts';

const at = (index: number) => new Date(Date.now() - index * 47_000).toISOString();
const eventId = (index: number) => `01jc3v7h9w2r8xk5t0m4e6${(1000 + index).toString(16).padStart(4, '0')}`;

function visitor(index: number): VisitorInfo {
  const phone = index % 3 !== 0;
  return {
    country: ['DE', 'US', 'AT', ''][index % 4] ?? '',
    region: ['Bavaria', 'Texas', 'Vienna', ''][index % 4] ?? '',
    city: ['Munich', 'Austin', 'Vienna', ''][index % 4] ?? '',
    isp: 'Deutsche Telekom',
    asn: 3320,
    connection_type: 'cellular',
    device_type: phone ? 'mobile' : 'desktop',
    device_brand: phone ? 'Samsung' : '',
    device_model: phone ? 'SM-G991B' : '',
    os: phone ? 'Android' : 'Windows',
    os_version: phone ? '14' : '10',
    browser: phone ? 'Chrome Mobile' : 'Firefox',
    browser_version: '126.0',
    language: 'de',
    bot: index % 11 === 5,
    bot_reason: index % 11 === 5 ? 'known_bot' : '',
  };
}

function ref(item: { id: string; name: string } | undefined) {
  return item ? { id: item.id, name: item.name } : null;
}

function origin(index: number): ClickOrigin {
  const campaign = campaigns[index % 7];
  return {
    campaign: ref(campaign),
    stream: ref(campaign?.streams[1]),
    landing: null,
    destination: ref(destinations[index % 9]),
    source: ref(sources[index % 4]),
    network: ref(networks[index % 3]),
    domain: null,
    external_id: `ext-${8_300_000 + index * 17}`,
    keyword: '',
    ad_campaign_id: '9931',
    creative_id: '',
    site: '',
    sub_ids: { '1': `zone-${index % 20}`, '2': 'red' },
  };
}

export function clicks(count: number): ClickRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: eventId(index),
    at: at(index),
    outcome: index % 9 === 4 ? 'no_destination' : 'routed',
    status: 302,
    unique_campaign: index % 3 !== 1,
    unique_stream: true,
    unique_workspace: false,
    cost: '0.0125',
    currency: 'USD',
    ...origin(index),
    visitor: visitor(index),
    ip: `203.0.113.${index % 250}`,
    user_agent:
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
    referrer: '',
    referrer_domain: '',
    host: 'go.example.com',
    path_and_query: `/c1-pop?cid=ext-${index}&cost=0.0125&zone=17`,
    target: `https://offers.example.com/fit-plan-de?aff=1042&aff_sub=${eventId(index)}`,
    passed_to: null,
    by_script: false,
    visitor_key: '9c1f0a7be3d24c55',
    trace: index % 9 === 4 ? traceOf(campaigns[index % 7] as Campaign) : null,
  }));
}

export function landingClicks(count: number): LandingClickRow[] {
  return Array.from({ length: count }, (_, index) => ({
    ...origin(index),
    click_id: eventId(index),
    at: at(index),
    clicked_at: new Date(Date.parse(at(index)) - ((index * 7_919) % 190_000)).toISOString(),
    on_landing_ms: (index * 7_919) % 190_000,
    first: index % 6 !== 5,
    landing: ref(destinations[(index + 3) % 9]),
    visitor: visitor(index),
    target: `https://offers.example.com/fit-plan-de?aff=1042&aff_sub=${eventId(index)}`,
  }));
}

export function conversions(count: number): ConversionRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: eventId(index + 500),
    revision: index % 4 === 1 ? 2 : 1,
    click_id: eventId(index),
    clicked_at: at(index + 40),
    converted_at: at(index * 6),
    at: at(index * 6),
    status: (['sale', 'lead', 'sale', 'rejected'] as const)[index % 4] ?? null,
    previous_status: index % 4 === 1 ? ('sale' as const) : null,
    status_name: ['Sale', 'Lead', 'Sale', 'Rejected'][index % 4] ?? '',
    original_status: 'approved',
    second_status: index % 5 === 0 ? 'called' : '',
    events: [],
    payout: index % 4 === 3 ? '0' : '18.4',
    cost: '0',
    currency: 'USD',
    original_payout: '17.04',
    original_currency: 'EUR',
    transaction: `TX-${77_000 + index}`,
    ...origin(index),
    visitor: visitor(index),
  }));
}

const VERDICTS = [
  ['accepted', '', 'Made a new conversion.'],
  ['updated', 'status_changed', 'Changed the conversion from lead to sale.'],
  [
    'duplicate',
    'same_again',
    'The same conversion was reported before with the same status and payout; nothing changed.',
  ],
  [
    'orphan',
    'unknown_click',
    'No click has this id. If it is old, it may have been deleted; otherwise check which parameter carries the click id.',
  ],
  [
    'refused',
    'macro_not_replaced',
    'payout is the literal text {payout}: the network did not replace its macro. Check the macro on the network’s page.',
  ],
  ['held', 'click_not_here_yet', 'The click is not stored yet; it is looked for again within seconds.'],
] as const;

export function postbacks(count: number): PostbackRow[] {
  return Array.from({ length: count }, (_, index) => {
    const [verdict, code, reason] = VERDICTS[index % VERDICTS.length] ?? VERDICTS[0];
    return {
      id: `9f3c5a1e7b2d4c6f-${count - index}`,
      at: at(index * 5),
      network: ref(networks[index % 3]),
      verdict,
      code,
      reason,
      judged_at: at(index * 5),
      click_id: verdict === 'refused' ? null : eventId(index),
      conversion_id: verdict === 'accepted' ? eventId(index + 500) : null,
      method: 'GET',
      query: `subid=${eventId(index)}&payout=17.04&status=approved&tid=TX-${77_000 + index}`,
      ip: '198.51.100.20',
      user_agent: 'NetworkBot/2.1',
    };
  });
}

export function deliveries(count: number): DeliveryRow[] {
  return Array.from({ length: count }, (_, index) => ({
    at: at(index * 6),
    output: ref(outputs[0]),
    conversion_id: eventId(index + 500),
    revision: 1,
    click_id: eventId(index),
    campaign: ref(campaigns[index % 7]),
    source: ref(sources[0]),
    attempt: 1 + (index % 3),
    outcome: index % 7 === 3 ? 'retry' : index % 13 === 5 ? 'dead' : 'delivered',
    method: 'GET',
    url: `https://s2s.popriver.example/conversion?cid=ext-${index}&payout=17.04`,
    status: index % 7 === 3 ? 503 : index % 13 === 5 ? null : 200,
    response: index % 7 === 3 ? 'Service Unavailable' : index % 13 === 5 ? 'connection refused' : 'OK',
    duration_ms: 40 + index * 3,
  }));
}

const REFUSALS = [
  ['facts', 469, 'Constraint `test_only` for table `facts` is violated at row 1. Expression: (cost < 1000000).'],
  ['', null, 'cannot be read: not a wire record: Hit the end of buffer, expected more data'],
  ['', null, 'the time of the click, 9223372036854775807 ms, is not between the years 1970 and 2200'],
] as const;

export function deadLetters(count: number): DeadLetterRow[] {
  return Array.from({ length: Math.min(count, 12) }, (_, index) => {
    const [refused_by, code, reason] = REFUSALS[index % REFUSALS.length] ?? REFUSALS[0];
    const readable = index % 3 !== 1;
    return {
      id: `9f3c5a1e7b2d4c6f-${5_200 - index * 31}`,
      at: at(index * 97),
      workspace: readable ? { id: '0d3k5v8t2m9w1', name: 'Main' } : null,
      stream: readable ? 'clicks' : '',
      record: readable ? 'click' : '',
      refused_by,
      code,
      reason,
      bytes: 96,
      payload: '06019c3b7f2a'.repeat(16),
      written: index === 3,
      tries: index === 3 || index === 4 ? 1 : 0,
      tried_at: index === 3 || index === 4 ? at(index) : null,
    };
  });
}
