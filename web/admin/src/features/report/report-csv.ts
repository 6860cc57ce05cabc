import type { DimensionInfo, Report } from '@/api/types';
import type { CsvCell } from '@/lib/csv';
import type { ReportState } from './report-state';
import type { Line } from './use-report-rows';

/** What is shown, as cells: one column for each dimension, figures unrounded, the totals last. */
export function reportCsv(
  state: ReportState,
  report: Report,
  lines: readonly Line[],
  dimensions: readonly DimensionInfo[],
): CsvCell[][] {
  const metrics = report.columns.filter(column => column.kind === 'metric');
  const head = [
    ...state.dimensions.map(key => dimensions.find(dimension => dimension.key === key)?.title ?? key),
    ...metrics.map(metric => metric.title),
  ];
  const names = new Map<string, string>();
  const rows = lines.flatMap(line => {
    if (!line.row) return [];
    const { row } = line;
    for (const [dimension, value] of Object.entries(row.keys))
      names.set(`${dimension}=${value.id}`, value.name || value.id);
    const keys = state.dimensions.map((dimension, level) => {
      const step = line.path[level];
      return step ? (names.get(`${dimension}=${step.id}`) ?? step.id) : '';
    });
    return [[...keys, ...metrics.map(metric => row.metrics[metric.key])]];
  });
  const total = [
    ...state.dimensions.map((_, index) => (index === 0 ? 'Total' : '')),
    ...metrics.map(metric => report.totals.metrics[metric.key]),
  ];
  return [head, ...rows, total];
}
