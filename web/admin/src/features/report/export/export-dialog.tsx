import { reportFileAddress } from '@/api/exports';
import type { ExportFormat } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
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

const FORMATS: { value: ExportFormat; label: string; text: string }[] = [
  { value: 'csv', label: 'CSV', text: 'For spreadsheets. Texts that would run as formulas are made harmless.' },
  { value: 'jsonl', label: 'JSON lines', text: 'One object a line, for programs. Amounts are exact texts.' },
  { value: 'parquet', label: 'Parquet', text: 'For DuckDB, Spark, pandas. Money as DECIMAL(38, 9).' },
];

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
            <Download className="size-3.5" aria-hidden="true" /> Export{' '}
            {FORMATS.find(other => other.value === format)?.label}
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
        <fieldset className="grid gap-2">
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
