/**
 * How a report stands in its address: what is not the usual, and where that would be nothing, the words that the plain report is meant.
 * The bare address begins with the reader's own view, so a report without settings must say that it is one.
 */
import { NO_VIEW, reportParams, type ReportParams } from '@/lib/params';
import { type SearchMiddleware, stripSearchParams } from '@tanstack/react-router';

/** A report that is shown or linked to: it began with its view, or with none. */
export function meant(search: Partial<ReportParams>): Partial<ReportParams> {
  return { ...search, v: search.v || NO_VIEW };
}

/** Any other setting says already that the reader's own view is not meant. */
const wordsOnlyAlone: SearchMiddleware<ReportParams> = ({ search, next }) => {
  const said = next(search);
  const { v, ...others } = said;
  return v === NO_VIEW && Object.keys(others).length > 0 ? (others as ReportParams) : said;
};

export const reportSearch = { middlewares: [wordsOnlyAlone, stripSearchParams<ReportParams>(reportParams.parse({}))] };
