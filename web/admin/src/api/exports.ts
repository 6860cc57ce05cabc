import { api } from './client';
import type { ExportFormat, ReportQuery } from './types';

export interface ExportFile {
  name: string;
  blob: Blob;
}

/** The whole report as a file. `onBytes` hears how much has come; the file is complete when this returns. */
export async function exportReport(
  query: ReportQuery,
  format: ExportFormat,
  { signal, onBytes }: { signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<ExportFile> {
  const { data, response } = await api.POST('/api/v1/reports/export', {
    body: { query, format },
    parseAs: 'stream',
    signal,
  });
  const reader = (data as unknown as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- a stream comes part by part
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    bytes += value.byteLength;
    onBytes(bytes);
  }
  const named = /filename="?([^";]+)"?/.exec(response.headers.get('content-disposition') ?? '');
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  return { name: named?.[1] ?? `report.${format}`, blob: new Blob(parts, { type }) };
}
