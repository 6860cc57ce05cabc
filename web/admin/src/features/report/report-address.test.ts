import { NO_VIEW, reportParams, type ReportParams } from '@/lib/params';
import { parseSearch, stringifySearch } from '@/lib/search';
import { createMemoryHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { expect, it } from 'vitest';
import { meant, reportSearch } from './report-address';

const root = createRootRoute();
const report = createRoute({
  getParentRoute: () => root,
  path: '/report',
  validateSearch: reportParams,
  search: reportSearch,
});
const router = createRouter({
  routeTree: root.addChildren([report]),
  history: createMemoryHistory(),
  parseSearch,
  stringifySearch,
});

/** The address of a report, as a link to it has it. */
const addressOf = (search?: Partial<ReportParams>) =>
  (router.buildLocation as (to: object) => { href: string })({ to: '/report', ...(search ? { search } : {}) }).href;

it('a report whose settings are all the usual ones says that it is the plain one', () => {
  expect(addressOf(meant({}))).toBe('/report?v=-');
  expect(addressOf(meant(reportParams.parse({ range: 'today', by: 'campaign' })))).toBe('/report?v=-');
  expect(reportParams.parse(parseSearch('?v=-')).v).toBe(NO_VIEW);
});

it('every other report is told by its settings', () => {
  expect(addressOf(meant({ by: 'country' }))).toBe('/report?by=country');
  expect(addressOf(meant({ range: 'last_7_days', v: NO_VIEW }))).toBe('/report?range=last_7_days');
});

it('a report that began with a view says so', () => {
  expect(addressOf(meant({ v: '0d3k5v8t2m9qa' }))).toBe('/report?v=0d3k5v8t2m9qa');
  expect(addressOf(meant({ by: 'os', v: '0d3k5v8t2m9qa' }))).toBe('/report?by=os&v=0d3k5v8t2m9qa');
});

it('the way into the page names no report: it begins with the reader’s own view', () => {
  expect(addressOf()).toBe('/report');
});
