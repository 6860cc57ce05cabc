import type { CostFileReport, CostFileRow } from '@/api/types';
import { DataTable } from '@/components/data-table';
import { Badge } from '@/components/ui/badge';
import { Checkbox } from '@/components/ui/toggle';
import { formatCount, formatExactMoney } from '@/lib/format';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { STATES } from './cost-words';

interface FileTableProps {
  text: string;
  report: CostFileReport;
  currency: string;
}

/** Every line of the file with what it changes or what is wrong with it. */
export function FileTable({ text, report, currency }: FileTableProps) {
  const [onlyBad, setOnlyBad] = useState(false);
  const lines = useMemo(() => text.split(/\r\n|\n|\r/), [text]);
  const money = (amount: string) => formatExactMoney(amount, currency);
  const change = (row: CostFileRow) => row.correction ?? row.preview;
  const columns: ColumnDef<CostFileRow>[] = [
    {
      id: 'line',
      header: 'Line',
      cell: ({ row }) => <span className="text-ink-faint num">{row.original.line}</span>,
      meta: { className: 'w-12' },
    },
    {
      id: 'text',
      header: 'Text',
      cell: ({ row: { original } }) => (
        <code className="block max-w-20 truncate font-mono text-xs sm:max-w-64" title={lines[original.line - 1]}>
          {lines[original.line - 1]}
        </code>
      ),
    },
    {
      id: 'state',
      header: 'What becomes of it',
      cell: ({ row: { original } }) => <Outcome row={original} />,
      meta: { className: 'whitespace-normal min-w-44 sm:min-w-56' },
    },
    {
      id: 'clicks',
      header: 'Clicks',
      cell: ({ row }) => formatCount(change(row.original)?.clicks),
      meta: { align: 'right' },
    },
    {
      id: 'before',
      header: 'Cost before',
      cell: ({ row: { original } }) => {
        const found = change(original);
        return found ? money(found.before) : '—';
      },
      meta: { align: 'right' },
    },
    {
      id: 'after',
      header: 'Cost after',
      cell: ({ row: { original } }) => {
        const found = change(original);
        return found ? money(found.after) : '—';
      },
      meta: { align: 'right' },
    },
  ];
  const rows = onlyBad ? report.rows.filter(row => row.errors.length > 0) : report.rows;
  return (
    <div className="grid gap-2">
      {report.bad > 0 && report.good > 0 && (
        <Checkbox label={`Only the ${formatCount(report.bad)} with mistakes`} checked={onlyBad} onChange={setOnlyBad} />
      )}
      <DataTable
        label="Lines of the file"
        columns={columns}
        rows={rows}
        rowId={row => String(row.line)}
        className="border-line max-h-[60dvh] overflow-y-auto rounded-lg border"
      />
    </div>
  );
}

function Outcome({ row }: { row: CostFileRow }) {
  if (row.errors.length > 0) {
    return (
      <ul className="text-negative text-xs">
        {row.errors.map(({ field, reason }) => (
          <li key={`${field}${reason}`}>
            {field && <span className="font-medium">{field}: </span>}
            {reason}
          </li>
        ))}
      </ul>
    );
  }
  if (row.correction) {
    const state = STATES[row.correction.state];
    return (
      <Badge tone={state.tone} dot title={state.title}>
        {state.label}
      </Badge>
    );
  }
  if (!row.preview) return <span className="text-ink-faint text-xs">Not looked at; it can be imported.</span>;
  return row.preview.clicks === 0 ? (
    <Badge tone="warning" title="No click matches: the amount would be in no report.">
      no clicks
    </Badge>
  ) : (
    <Badge tone="positive">ready</Badge>
  );
}
