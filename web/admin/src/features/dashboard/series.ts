/** Rows of a report over hours or days as points of a chart, with the empty hours and days in between. Pure. */
import type { Report, ReportRow } from '@/api/types';
import type { Point } from '@/components/time-series-chart';
import { toPlotNumber } from '@/lib/format';

const HOUR_MS = 3_600_000;
/** Longer ranges are drawn as they come, without filling gaps. */
const POINTS_MAX = 800;

export type Step = 'hour' | 'day';

/** Something that a point stands for: the key of its row, how it is named, and whether it lies in the future. */
export interface Slot {
  key: string;
  label: string;
  future: boolean;
}

function wallClock(timezone: string): (moment: number) => { day: string; hour: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return moment => {
    const parts = Object.fromEntries(format.formatToParts(moment).map(part => [part.type, part.value]));
    return { day: `${parts.year}-${parts.month}-${parts.day}`, hour: parts.hour ?? '00' };
  };
}

/**
 * The key of a row: a day as it is, an hour by its moment, because the wall clock shows one hour twice on the day that clocks go back.
 */
export function keyOf(id: string, step: Step): string {
  if (step === 'day') return id.slice(0, 10);
  const moment = Date.parse(id);
  return Number.isNaN(moment) ? id : String(moment);
}

/** Every hour or day between two moments; `null` when there would be too many, or no beginning. */
export function slotsBetween(from: number, to: number, timezone: string, step: Step, now: number): Slot[] | null {
  const hours = (to - from) / HOUR_MS;
  if (!(hours > 0) || hours > POINTS_MAX * (step === 'day' ? 24 : 1)) return null;
  const clock = wallClock(timezone);
  const slots: Slot[] = [];
  for (let moment = from; moment < to; moment += HOUR_MS) {
    const { day, hour } = clock(moment);
    if (step === 'hour') slots.push({ key: String(moment), label: `${day} ${hour}:00`, future: moment > now });
    else if (slots.at(-1)?.key !== day) slots.push({ key: day, label: day, future: moment > now });
  }
  return slots;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function tickOf(label: string, step: Step): string {
  if (step === 'hour') return label.slice(11, 16);
  return `${Number(label.slice(8, 10))} ${MONTHS[Number(label.slice(5, 7)) - 1] ?? ''}`;
}

export function pointsOf(report: Report, step: Step, metrics: readonly string[], now = Date.now()): Point[] {
  const rows = new Map<string, ReportRow>();
  for (const row of report.rows) {
    const value = row.keys[step];
    if (value) rows.set(keyOf(value.id, step), row);
  }
  // One day is drawn whole, with the hours to come left empty; of longer ranges the future is left out.
  const end = report.to ? Date.parse(report.to) : now;
  const until = step === 'hour' ? end : Math.min(end, now);
  const from = report.from ? Date.parse(report.from) : Number.NaN;
  const found = () => [...rows.keys()].toSorted().map(key => ({ key, label: key, future: false }));
  const slots = slotsBetween(from, until, report.timezone, step, now) ?? found();
  const additive = report.columns.filter(column => column.value_type === 'count' || column.value_type === 'money');
  const zeroed = new Set(additive.map(column => column.key));
  return slots.map(({ key, label, future }) => {
    const row = rows.get(key);
    const values = Object.fromEntries(
      metrics.map(metric => [metric, row?.metrics[metric] ?? (zeroed.has(metric) && !future ? 0 : null)]),
    );
    const plot = Object.fromEntries(metrics.map(metric => [metric, toPlotNumber(values[metric])]));
    return { label, tick: tickOf(label, step), values, plot };
  });
}
