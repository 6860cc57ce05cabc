import { reportFileAddress } from '@/api/exports';
import { ExportDialog } from '@/components/export-dialog';
import { formatCount } from '@/lib/format';
import { type ReportState, wholeQuery } from '../report-state';
import type { ReportWords } from '../report-words';
import { WordsList } from '../words-list';

interface ReportExportProps {
  state: ReportState;
  words: ReportWords;
  /** Rows of the whole report, where that is known. */
  rows: number | undefined;
  onClose: () => void;
}

/** The whole report as a file. */
export function ReportExport({ state, words, rows, onClose }: ReportExportProps) {
  return (
    <ExportDialog
      title="Export this report"
      what="report"
      operation="POST /api/v1/reports/export"
      address={format => reportFileAddress(wholeQuery(state), format)}
      onClose={onClose}
    >
      <WordsList
        words={words}
        note={
          <>
            All rows{rows === undefined ? '' : ` (${formatCount(rows)})`}, not only those on the page, with the id
            beside each name. Without totals and without the period compared with.
          </>
        }
      />
    </ExportDialog>
  );
}
