/** Formats of exported files, with what each is good for. */
import type { ExportFormat } from '@/api/types';

export const FORMATS: { value: ExportFormat; label: string; text: string }[] = [
  { value: 'csv', label: 'CSV', text: 'For spreadsheets. Texts that would run as formulas are made harmless.' },
  { value: 'jsonl', label: 'JSON lines', text: 'One object a line, for programs. Amounts are exact texts.' },
  { value: 'parquet', label: 'Parquet', text: 'For DuckDB, Spark, pandas. Money as DECIMAL(38, 9).' },
];

export function formatLabel(format: ExportFormat): string {
  return FORMATS.find(other => other.value === format)?.label ?? format;
}
