import { logFileAddress } from '@/api/exports';
import { ExportDialog } from '@/components/export-dialog';
import { Button } from '@/components/ui/button';
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
      {open && <ShownExport {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShownExport({ name, title, time, shown, onClose }: LogExportProps & { onClose: () => void }) {
  const [part] = useState(shown);
  const count = part.filters.length;
  const filters = count === 0 ? 'without filters' : count === 1 ? 'with one filter' : `with ${count} filters`;
  return (
    <ExportDialog
      title={`Export: ${title.toLowerCase()}`}
      description={`${time}, ${filters}. Every row, with every field that the log can be filtered by and names beside ids.`}
      what="log"
      operation="POST /api/v1/logs/export"
      address={format => logFileAddress({ log: name, ...part, format })}
      onClose={onClose}
    />
  );
}
