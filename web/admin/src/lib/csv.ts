/** CSV as spreadsheets read it (RFC 4180), safe to open: a text that looks like a formula is kept from becoming one. */

export type CsvCell = string | number | null | undefined;

function guard(text: string): string {
  // A visitor can choose sub ids; a spreadsheet would run "=HYPERLINK(…)". Plain negative numbers are left alone.
  return /^[=+@\t\r]/.test(text) || (text.startsWith('-') && !/^-[\d.]+$/.test(text)) ? `'${text}` : text;
}

function cell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  const text = guard(String(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map(row => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Hands the text to the browser as a file. */
export function downloadText(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
