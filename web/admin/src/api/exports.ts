import { currentWorkspaceId } from './client';
import type { ExportFormat, LogExport, ReportQuery } from './types';

/** Longest address that every server and proxy on the way takes. */
const ADDRESS_MAX = 7_500;

/**
 * The address of the whole report as a file. The browser follows it by itself and writes to disk what comes: no page holds the file.
 * `null`: the report has more filters than an address can carry.
 */
export function reportFileAddress(query: ReportQuery, format: ExportFormat): string | null {
  return addressOf('reports', { query, format });
}

/** The same of a whole log. */
export function logFileAddress(request: LogExport): string | null {
  return addressOf('logs', request);
}

function addressOf(area: 'reports' | 'logs', request: object): string | null {
  const parameters = new URLSearchParams({ request: JSON.stringify(request) });
  const workspace = currentWorkspaceId();
  if (workspace) parameters.set('workspace', workspace);
  const address = `/api/v1/${area}/export?${parameters}`;
  return address.length > ADDRESS_MAX ? null : address;
}
