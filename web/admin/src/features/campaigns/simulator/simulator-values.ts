/** What the simulator's form holds, and the request it becomes. */
import type { Campaign, ClickRow, SimulationInput } from '@/api/types';

export interface Pair {
  key: string;
  name: string;
  value: string;
}

export interface AssumedCount {
  key: string;
  /** `campaign:ID`, `stream:ID` or `destination:ID`. */
  subject: string;
  measure: 'clicks' | 'conversions' | 'cost' | 'revenue';
  value: string;
}

export interface SimulatorValues {
  ip: string;
  user_agent: string;
  language: string;
  referrer: string;
  /** A query or the whole link. */
  query: string;
  cookie: string;
  visitor_key: string;
  at: string;
  headers: Pair[];
  seen_campaign: boolean;
  seen_stream: boolean;
  seen_workspace: boolean;
  converted: boolean;
  converted_workspace: boolean;
  visited: string[];
  counts: AssumedCount[];
  out: string[];
  live: boolean;
}

export const NOBODY: SimulatorValues = {
  ip: '',
  user_agent: '',
  language: '',
  referrer: '',
  query: '',
  cookie: '',
  visitor_key: '',
  at: '',
  headers: [],
  seen_campaign: false,
  seen_stream: false,
  seen_workspace: false,
  converted: false,
  converted_workspace: false,
  visited: [],
  counts: [],
  out: [],
  live: true,
};

type Input = SimulationInput;

function subjectOf(text: string): NonNullable<Input['counters']>[number]['subject'] | null {
  const [type, id] = text.split(':', 2);
  if (!id || (type !== 'campaign' && type !== 'stream' && type !== 'destination')) return null;
  return { type, id };
}

const filled = <T extends object>(name: string, value: string): Partial<T> =>
  value.trim() ? ({ [name]: value.trim() } as Partial<T>) : {};

/** The request: only what was filled in, so that the server's defaults hold for the rest. */
export function inputOfValues(campaign: Pick<Campaign, 'id'>, values: SimulatorValues): Input {
  const query = values.query.trim();
  const isLink = /^https?:\/\//i.test(query);
  const headers = values.headers.filter(pair => pair.name.trim() !== '');
  const counters = values.counts.flatMap(count => {
    const subject = subjectOf(count.subject);
    return subject && count.value.trim() ? [{ subject, measure: count.measure, value: count.value.trim() }] : [];
  });
  return {
    campaign_id: campaign.id,
    ...filled<Input>('ip', values.ip),
    ...filled<Input>('user_agent', values.user_agent),
    ...filled<Input>('language', values.language),
    ...filled<Input>('referrer', values.referrer),
    ...filled<Input>(isLink ? 'url' : 'query', isLink ? query : query.replace(/^\?/, '')),
    ...filled<Input>('cookie', values.cookie),
    ...filled<Input>('visitor_key', values.visitor_key),
    ...(values.at ? { at: new Date(values.at).toISOString() } : {}),
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers.map(pair => [pair.name.trim(), pair.value.trim()])) }
      : {}),
    history: {
      campaign: values.seen_campaign,
      stream: values.seen_stream,
      workspace: values.seen_workspace,
      converted: values.converted,
      converted_workspace: values.converted_workspace,
      visited: values.visited,
    },
    ...(counters.length > 0 ? { counters } : {}),
    ...(values.out.length > 0
      ? { out: values.out.map(destination_id => ({ destination_id, reason: 'unhealthy' as const })) }
      : {}),
    live: values.live,
  };
}

/** Local time of this browser as its input wants it. */
function localTime(at: string): string {
  const date = new Date(at);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** A click of the log as a visitor to simulate: what was kept of the request. */
export function valuesOfClick(click: ClickRow): SimulatorValues {
  const host = click.host || 'localhost';
  return {
    ...NOBODY,
    ip: click.ip,
    user_agent: click.user_agent,
    language: click.visitor.language,
    referrer: click.referrer,
    query: `https://${host}${click.path_and_query}`,
    visitor_key: click.visitor_key ?? '',
    at: localTime(click.at),
    seen_campaign: !click.unique_campaign,
    seen_stream: !click.unique_stream,
    seen_workspace: !click.unique_workspace,
  };
}
