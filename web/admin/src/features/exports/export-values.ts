import type { ScheduledExport, ScheduledExportInput } from '@/api/types';
import { formatCount } from '@/lib/format';

export interface ExportValues {
  name: string;
  active: boolean;
  view_id: string | null;
  format: NonNullable<ScheduledExportInput['format']>;
  days: 'daily' | 'weekly' | 'monthly';
  weekday: string;
  day: string;
  time: string;
  timezone: string | null;
  file_name: string;
  keep: string;
}

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map(
  (label, index) => ({ value: String(index + 1), label }),
);

export function valuesOf(schedule: ScheduledExport | null, timezone: string): ExportValues {
  const { days } = schedule ?? {};
  return {
    name: schedule?.name ?? '',
    active: schedule?.active ?? true,
    view_id: schedule?.view_id ?? null,
    format: schedule?.format ?? 'csv',
    days: days?.type ?? 'daily',
    weekday: String(days?.type === 'weekly' ? days.weekday : 1),
    day: String(days?.type === 'monthly' ? days.day : 1),
    time: schedule?.time ?? '06:00',
    timezone: schedule?.timezone ?? timezone,
    file_name: schedule?.file_name ?? '{name} {date}',
    keep: String(schedule?.keep ?? 31),
  };
}

function daysOf(values: ExportValues): ScheduledExportInput['days'] {
  switch (values.days) {
    case 'daily':
      return { type: 'daily' };
    case 'weekly':
      return { type: 'weekly', weekday: Number(values.weekday) };
    case 'monthly':
      return { type: 'monthly', day: Math.trunc(Number(values.day)) };
  }
}

export function inputOf(values: ExportValues, version?: number): ScheduledExportInput {
  return {
    name: values.name.trim(),
    active: values.active,
    view_id: values.view_id ?? '',
    format: values.format,
    days: daysOf(values),
    // `9:30` is meant as `09:30`.
    time: values.time.trim().padStart(5, '0'),
    timezone: values.timezone,
    file_name: values.file_name.trim(),
    keep: Math.trunc(Number(values.keep)),
    ...(version === undefined ? {} : { version }),
  };
}

/** When, in words. */
export function whenWords({ days, time, timezone }: Pick<ScheduledExport, 'days' | 'time' | 'timezone'>): string {
  const which =
    days.type === 'daily'
      ? 'Every day'
      : days.type === 'weekly'
        ? `Every ${WEEKDAYS[days.weekday - 1]?.label ?? 'week'}`
        : `Day ${days.day} of each month`;
  return `${which}, ${time} (${timezone})`;
}

export function sizeWords(bytes: number): string {
  if (bytes >= 1_048_576) return `${(bytes / 1_048_576).toFixed(1)} MiB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} B`;
}

/** How the last run ended. */
export function lastWords(schedule: ScheduledExport): string {
  const [last] = schedule.runs;
  if (schedule.running) return 'is being written';
  if (!last) return 'not yet';
  return last.error === '' ? `${formatCount(last.rows)} rows, ${sizeWords(last.bytes)}` : last.error;
}
