import { reportFileAddress } from '@/api/exports';
import type { ExportFormat } from '@/api/types';
import { FormatChoice } from '@/components/format-choice';
import { formatLabel } from '@/lib/export-formats';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { download } from '@/lib/download';
import { formatCount } from '@/lib/format';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { type ReportState, wholeQuery } from '../report-state';
import type { ReportWords } from '../report-words';
import { WordsList } from '../words-list';

interface ExportDialogProps {
  state: ReportState;
  words: ReportWords;
  /** Rows of the whole report, where that is known. */
  rows: number | undefined;
  onClose: () => void;
}

/** Says what the file will hold, then lets the browser fetch it. */
export function ExportDialog({ state, words, rows, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<ExportFormat>('csv');
  const address = reportFileAddress(wholeQuery(state), format);
  const run = () => {
    if (address === null) return;
    download(address);
    toast.success('Your browser downloads the file', 'One that breaks off is shown as failed there.');
    onClose();
  };
  return (
    <Modal
      title="Export this report"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={address === null} onClick={run}>
            <Download className="size-3.5" aria-hidden="true" /> Export {formatLabel(format)}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {address === null && (
          <Banner tone="error" title="This report has more filters than an address can carry">
            Take some of their values away, or ask the API: POST /api/v1/reports/export takes any number.
          </Banner>
        )}
        <FormatChoice value={format} onChange={setFormat} />
        <WordsList
          words={words}
          note={
            <>
              All rows{rows === undefined ? '' : ` (${formatCount(rows)})`}, not only those on the page, with the id
              beside each name. Without totals and without the period compared with.
            </>
          }
        />
      </div>
    </Modal>
  );
}
