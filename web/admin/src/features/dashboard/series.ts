/** Rows of a report over hours or days as points of a chart, with the empty hours and days in between. Pure. */
import type { Report, ReportRow } from '@/api/types';
import type { Point } from '@/components/time-series-chart';
import { toPlotNumber } from '@/lib/format';

const HOUR_MS = 3_600_000;
/** Longer ranges are drawn as they come, without filling gaps. */
const POINTS_MAX = 800;

export type Step = 'hour' | 'day';

function formatterFor(timezone: string) {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
}

/** `2026-03-14` or `2026-03-14 15` of a moment in a timezone. */
function keyOf(format: Intl.DateTimeFormat, moment: number, step: Step): string {
  const parts = Object.fromEntries(format.formatToParts(moment).map(part => [part.type, part.value]));
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  return step === 'day' ? day : `${day} ${parts.hour}`;
}

/** The same shape out of a report's key, whatever stands between date and hour. */
export function normaliseKey(text: string, step: Step): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}))?/.exec(text);
  if (!match) return text;
  return step === 'day' || match[2] === undefined ? (match[1] ?? text) : `${match[1]} ${match[2]}`;
}

/** Every key between two moments; `null` when there would be too many. */
export function keysBetween(from: number, to: number, timezone: string, step: Step): string[] | null {
  const hours = (to - from) / HOUR_MS;
  if (!(hours > 0) || hours > POINTS_MAX * (step === 'day' ? 24 : 1)) return null;
  const format = formatterFor(timezone);
  const keys: string[] = [];
  for (let moment = from; moment < to; moment += HOUR_MS) {
    const key = keyOf(format, moment, step);
    if (keys.at(-1) !== key) keys.push(key);
  }
  return keys;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function tickOf(key: string, step: Step): string {
  if (step === 'hour') return `${key.slice(11, 13)}:00`;
  return `${Number(key.slice(8, 10))} ${MONTHS[Number(key.slice(5, 7)) - 1] ?? ''}`;
}

export function pointsOf(report: Report, step: Step, metrics: readonly string[], now = Date.now()): Point[] {
  const rows = new Map<string, ReportRow>();
  for (const row of report.rows) {
    const value = row.keys[step];
    if (value) rows.set(normaliseKey(value.id || value.name, step), row);
  }
  // One day is drawn whole, with the hours to come left empty; of longer ranges the future is left out.
  const end = report.to ? Date.parse(report.to) : now;
  const until = step === 'hour' ? end : Math.min(end, now);
  const from = report.from ? Date.parse(report.from) : Number.NaN;
  const keys = keysBetween(from, until, report.timezone, step) ?? [...rows.keys()].toSorted();
  const zero = new Set(
    report.columns.filter(column => column.value_type === 'count' || column.value_type === 'money').map(c => c.key),
  );
  const latest = keyOf(formatterFor(report.timezone), now, step);
  return keys.map(key => {
    const row = rows.get(key);
    const values = Object.fromEntries(
      metrics.map(metric => [metric, row?.metrics[metric] ?? (zero.has(metric) && key <= latest ? 0 : null)]),
    );
    const plot = Object.fromEntries(metrics.map(metric => [metric, toPlotNumber(values[metric])]));
    return { label: step === 'hour' ? `${key}:00` : key, tick: tickOf(key, step), values, plot };
  });
}
