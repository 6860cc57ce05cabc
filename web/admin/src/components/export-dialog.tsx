import type { ExportFormat } from '@/api/types';
import { FormatChoice } from '@/components/format-choice';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { download } from '@/lib/download';
import { formatLabel } from '@/lib/export-formats';
import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';

interface ExportDialogProps {
  title: string;
  description?: string;
  /** What is exported, in a word, and the operation that takes any number of filters. */
  what: 'report' | 'log';
  operation: string;
  /** Where a file of this format is fetched; `null`: its conditions are more than an address can carry. */
  address: (format: ExportFormat) => string | null;
  children?: ReactNode;
  onClose: () => void;
}

/** Says what the file will hold, then lets the browser fetch it. */
export function ExportDialog({ title, description, what, operation, address, children, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<ExportFormat>('csv');
  const url = address(format);
  const run = () => {
    if (url === null) return;
    download(url);
    toast.success('Your browser downloads the file', 'One that breaks off is shown as failed there.');
    onClose();
  };
  return (
    <Modal
      title={title}
      description={description}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={url === null} onClick={run}>
            <Download className="size-3.5" aria-hidden="true" /> Export {formatLabel(format)}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {url === null && (
          <Banner tone="error" title={`This ${what} has more filters than an address can carry`}>
            Take some of their values away, or ask the API: {operation} takes any number.
          </Banner>
        )}
        <FormatChoice value={format} onChange={setFormat} />
        {children}
      </div>
    </Modal>
  );
}
