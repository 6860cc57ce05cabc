import type { UploadRow } from '@/api/uploads';
import { DataTable } from '@/components/data-table';
import { Badge } from '@/components/ui/badge';
import { Text } from '@/components/value';
import { Word } from './cells';
import type { ColumnDef } from '@tanstack/react-table';

interface UploadRowsProps {
  rows: UploadRow[];
  /** Lines of the text that the rows came from. */
  lines: readonly string[];
  /** Whether rows are being taken, so that verdicts follow. */
  taken: boolean;
}

/** Every row with why it is not taken, or what became of it. */
export function UploadRows({ rows, lines, taken }: UploadRowsProps) {
  const text = (row: UploadRow) => lines[row.line - 1] ?? row.query;
  const columns: ColumnDef<UploadRow>[] = [
    {
      id: 'line',
      header: 'Line',
      cell: ({ row }) => <span className="text-ink-faint num">{row.original.line}</span>,
      meta: { className: 'w-12' },
    },
    {
      id: 'text',
      header: 'Text',
      cell: ({ row }) => (
        <code className="block max-w-24 truncate font-mono text-xs sm:max-w-72" title={text(row.original)}>
          {text(row.original)}
        </code>
      ),
    },
    {
      id: 'outcome',
      header: 'What becomes of it',
      cell: ({ row }) => <Outcome row={row.original} taken={taken} />,
      meta: { className: 'whitespace-normal min-w-44 sm:min-w-56' },
    },
    {
      id: 'status',
      header: 'Status',
      cell: ({ row }) => (row.original.status ? <Word word={row.original.status} /> : <Text value="" />),
    },
    {
      id: 'payout',
      header: 'Payout',
      cell: ({ row }) => <span className="num">{row.original.payout ?? '—'}</span>,
      meta: { align: 'right' },
    },
  ];
  return (
    <DataTable
      label="Lines of the upload"
      columns={columns}
      rows={rows}
      rowId={row => String(row.line)}
      className="border-line max-h-[60dvh] overflow-y-auto rounded-lg border"
    />
  );
}

function Outcome({ row, taken }: { row: UploadRow; taken: boolean }) {
  if (row.code) return <p className="text-negative text-xs">{row.reason}</p>;
  if (!taken) return <Badge tone="positive">ready</Badge>;
  if (!row.verdict) return <span className="text-ink-faint text-xs">taken; its verdict follows</span>;
  const quiet = row.verdict.verdict === 'accepted' || row.verdict.verdict === 'updated';
  return (
    <div className="grid justify-items-start gap-0.5">
      <Word word={row.verdict.verdict} />
      {!quiet && <p className="text-ink-soft text-xs">{row.verdict.reason}</p>}
    </div>
  );
}
