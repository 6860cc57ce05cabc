/** Adding parameters to a campaign link without touching the tokens of the source that are already in it. */

export interface ExtraParameter {
  key: string;
  name: string;
  value: string;
}

/** Leaves tokens such as `{zoneid}` and `[SITE]` readable: sources look for them literally. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(7B|7D|5B|5D|24|2C|3A|40|2F)/g, found => decodeURIComponent(found));
}

export function withParameters(url: string, extra: readonly ExtraParameter[]): string {
  const pairs = extra
    .filter(parameter => parameter.name.trim() !== '')
    .map(parameter => `${encode(parameter.name.trim())}=${encode(parameter.value.trim())}`);
  if (pairs.length === 0) return url;
  const [before = '', fragment] = url.split('#', 2);
  const joint = before.includes('?') ? (/[?&]$/.test(before) ? '' : '&') : '?';
  return `${before}${joint}${pairs.join('&')}${fragment === undefined ? '' : `#${fragment}`}`;
}

/** The script for landing pages whose source forbids redirects. */
export function scriptTag(origin: string, slug: string): string {
  return `<script async src="${origin}/track.js" data-campaign="${slug}"></script>`;
}

/** A call of the Click API, for a shell. */
export function clickApiCall(origin: string, token: string): string {
  const query = `token=${token}&log=1&info=1&ip=203.0.113.7&user_agent=Mozilla%2F5.0`;
  return `curl '${origin}/click_api/v3?${query}'`;
}

/** Where the links of a landing page of one's own lead on to the offer. */
export function clickThrough(origin: string): string {
  return `${origin}/click`;
}
