/** The report in words, for dialogs that say what is exported or shared. Pure. */
import type { DimensionInfo, Report } from '@/api/types';
import { conditionWords, filterWords, type Words } from '@/lib/conditions';
import { isComplete } from '@/lib/filters';
import { rangeLabel } from '@/lib/range';
import type { ReportState } from './report-state';

export interface ReportWords {
  rows: string;
  range: string;
  columns: string;
  filters: string[];
  bots: string;
  basis: string;
}

const BOTS = {
  include: 'Clicks of machines are counted',
  exclude: 'Clicks of machines are left out',
  only: 'Only clicks of machines',
};
const BASIS = {
  click: 'Conversions count at the time of their click',
  conversion: 'Conversions count at their own time',
};

export function reportWords(
  state: ReportState,
  report: Report | undefined,
  { dimensions, words, timezone }: { dimensions: readonly DimensionInfo[]; words: Words; timezone: string },
): ReportWords {
  const titles = state.dimensions.map(key => dimensions.find(dimension => dimension.key === key)?.title ?? key);
  const metrics = report?.columns.filter(column => column.kind === 'metric').map(column => column.title);
  const figures = state.dimensions.length > 0 ? state.figures.filter(isComplete) : [];
  const figureWords: Words = { title: key => state.known.get(key)?.title ?? key, value: (_, value) => value };
  return {
    rows: titles.length === 0 ? 'Only the totals' : `One row for each ${titles.join(' × ')}`,
    range: `${rangeLabel(state.params.range)}, ${timezone}`,
    columns: (metrics ?? state.metrics).join(', '),
    filters: [
      ...state.filters.map(condition => conditionWords(condition, words)),
      ...figures.map(figure => filterWords(figure, figureWords)),
    ],
    bots: BOTS[state.params.bots],
    basis: BASIS[state.params.basis],
  };
}
