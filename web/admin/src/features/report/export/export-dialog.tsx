import { exportReport } from '@/api/exports';
import { messageOf } from '@/api/errors';
import type { ExportFormat } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
import { downloadBlob } from '@/lib/download';
import { formatBytes, formatCount } from '@/lib/format';
import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
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

const FORMATS: { value: ExportFormat; label: string; text: string }[] = [
  { value: 'csv', label: 'CSV', text: 'For spreadsheets. Texts that would run as formulas are made harmless.' },
  { value: 'jsonl', label: 'JSON lines', text: 'One object a line, for programs. Amounts are exact texts.' },
  { value: 'parquet', label: 'Parquet', text: 'For DuckDB, Spark, pandas. Money as DECIMAL(38, 9).' },
];

type Progress = { bytes: number } | { error: unknown } | null;

/** Says what the file will hold, then fetches it. Closing gives it up. */
export function ExportDialog({ state, words, rows, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<ExportFormat>('csv');
  const [progress, setProgress] = useState<Progress>(null);
  const abort = useRef<AbortController>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const running = progress !== null && 'bytes' in progress;
  const run = async () => {
    const controller = new AbortController();
    abort.current = controller;
    setProgress({ bytes: 0 });
    try {
      const file = await exportReport(wholeQuery(state), format, {
        signal: controller.signal,
        onBytes: bytes => setProgress({ bytes }),
      });
      downloadBlob(file.name, file.blob);
      toast.success(`Exported ${file.name}`, formatBytes(file.blob.size));
      onClose();
    } catch (error) {
      if (!controller.signal.aborted) setProgress({ error });
    }
  };
  return (
    <Modal
      title="Export this report"
      onClose={onClose}
      footer={
        <>
          {running && (
            <span className="text-ink-faint num mr-auto text-xs" aria-live="polite">
              {formatBytes(progress.bytes)} so far
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" loading={running} onClick={() => void run()}>
            {!running && <Download className="size-3.5" aria-hidden="true" />} Export{' '}
            {FORMATS.find(other => other.value === format)?.label}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {progress !== null && 'error' in progress && (
          <Banner tone="error" title="The file is not complete and was not kept">
            {messageOf(progress.error)}
          </Banner>
        )}
        <fieldset className="grid gap-2" disabled={running}>
          <legend className="text-ink-soft mb-1.5 text-xs font-medium">Format</legend>
          {FORMATS.map(option => (
            <label
              key={option.value}
              className={cn(
                'has-focus-visible:outline-accent flex cursor-pointer items-start gap-2.5 rounded-lg border px-3 py-2 has-focus-visible:outline-2',
                option.value === format ? 'border-accent bg-accent-soft' : 'border-line hover:border-line-strong',
              )}
            >
              <input
                type="radio"
                name="format"
                className="accent-accent mt-1"
                checked={option.value === format}
                onChange={() => setFormat(option.value)}
              />
              <span className="min-w-0 text-sm font-medium">
                {option.label}
                <span
                  className={cn(
                    'block text-xs font-normal',
                    option.value === format ? 'text-ink-soft' : 'text-ink-faint',
                  )}
                >
                  {option.text}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
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
