import { logFileAddress } from '@/api/exports';
import type { ExportFormat } from '@/api/types';
import { FormatChoice } from '@/components/format-choice';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { download } from '@/lib/download';
import { formatLabel } from '@/lib/export-formats';
import { Download } from 'lucide-react';
import { useState } from 'react';
import type { LogName, ShownPart } from './log-kinds';

interface LogExportProps {
  name: LogName;
  title: string;
  /** The time as its button says it. */
  time: string;
  shown: () => ShownPart;
}

/** Everything that the log shows as a file, its time and filters as they stand. */
export function LogExport(props: LogExportProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label="Export">
        <Download className="size-3.5" aria-hidden="true" /> <span className="max-sm:sr-only">Export…</span>
      </Button>
      {open && <ExportDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ name, title, time, shown, onClose }: LogExportProps & { onClose: () => void }) {
  const [format, setFormat] = useState<ExportFormat>('csv');
  const [part] = useState(shown);
  const address = logFileAddress({ log: name, ...part, format });
  const count = part.filters.length;
  const run = () => {
    if (address === null) return;
    download(address);
    toast.success('Your browser downloads the file', 'One that breaks off is shown as failed there.');
    onClose();
  };
  return (
    <Modal
      title={`Export: ${title.toLowerCase()}`}
      description={`${time}, ${count === 0 ? 'without filters' : count === 1 ? 'with one filter' : `with ${count} filters`}. Every row, with every field that the log can be filtered by and names beside ids.`}
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
          <Banner tone="error" title="This log has more filters than an address can carry">
            Take some of their values away, or ask the API: POST /api/v1/logs/export takes any number.
          </Banner>
        )}
        <FormatChoice value={format} onChange={setFormat} />
      </div>
    </Modal>
  );
}
