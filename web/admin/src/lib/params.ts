/** Search parameters of every page: texts with a fallback each, so that a broken link never breaks a page. */
import { z } from 'zod';
import { isLogRange } from './log-range';
import { isRange, rangeParam } from './range';

// Without this, zod tries `new Function` once, which a strict content security policy reports as an attack.
z.config({ jitless: true });

const text = z.string().max(4000).catch('').default('');
const flag = z.enum(['', '1']).catch('').default('');

function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values).catch(values[0]).default(values[0]);
}

export const setupParams = z.object({ token: text });

export const loginParams = z.object({ next: text });

export const dashboardParams = z.object({
  range: rangeParam('today'),
  bots: oneOf(['exclude', 'include', 'only']),
});

export const listParams = z.object({
  q: text,
  range: rangeParam('today'),
  sort: text,
  state: text,
  /** Only what had traffic in the range. */
  busy: flag,
});

export const plainListParams = z.object({ q: text, sort: text });

export const campaignParams = z.object({
  tab: oneOf(['streams', 'settings', 'link', 'simulator']),
  stream: text,
  /** A click of the log that the simulator repeats. */
  click: text,
});

/** In place of a view's id: none is meant, not even the one that the reader's report page begins with. */
export const NO_VIEW = '-';

export const reportParams = z.object({
  range: rangeParam('today'),
  by: z.string().max(400).catch('campaign').default('campaign'),
  view: oneOf(['tree', 'flat']),
  tz: text,
  cols: text,
  f: text,
  /** Filters on figures. */
  h: text,
  sort: text,
  bots: oneOf(['exclude', 'include', 'only']),
  basis: oneOf(['click', 'conversion']),
  compare: oneOf(['', 'previous']),
  /** The saved view that the report began with, or `NO_VIEW`. */
  v: text,
  page: z.coerce.number().int().min(1).max(10_000).catch(1).default(1),
});

export const sharedParams = z.object({
  range: z.string().refine(isRange).or(z.literal('')).catch('').default(''),
  /** Some of the report's dimensions; empty: all of them. */
  by: text,
  sort: text,
  page: z.coerce.number().int().min(1).max(10_000).catch(1).default(1),
});

export const logParams = z.object({
  range: z.string().refine(isLogRange).catch('24h').default('24h'),
  f: text,
  /** Identity of the row whose details are open. */
  row: text,
  live: flag,
});

export type DashboardParams = z.infer<typeof dashboardParams>;
export type ListParams = z.infer<typeof listParams>;
export type PlainListParams = z.infer<typeof plainListParams>;
export type CampaignParams = z.infer<typeof campaignParams>;
export type ReportParams = z.infer<typeof reportParams>;
export type SharedParams = z.infer<typeof sharedParams>;
export type LogParamsInUrl = z.infer<typeof logParams>;
