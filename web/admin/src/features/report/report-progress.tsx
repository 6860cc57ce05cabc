import { reportProgressQuery } from '@/api/reports';
import type { ReportQuery } from '@/api/types';
import { formatCount } from '@/lib/format';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** A report that is there sooner shows nothing. */
const PATIENCE_MS = 1000;

/** How far a report is that takes long. Nothing before a second is over. */
export function ReportProgress({ body }: { body: ReportQuery }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late ? <Line body={body} /> : null;
}

function Line({ body }: { body: ReportQuery }) {
  const { data } = useQuery(reportProgressQuery(body));
  const { rows_read: read, rows_total: total } = data ?? { rows_read: 0, rows_total: 0 };
  return (
    <div role="status" className="grid gap-1 px-4 pb-3">
      <progress
        className="accent-accent h-1.5 w-full"
        aria-label="Rows read"
        max={total || 1}
        value={Math.min(read, total)}
      />
      <p className="num text-ink-faint text-xs">
        {total > 0 ? `${formatCount(read)} of ${formatCount(total)} rows read` : 'This report takes a little longer …'}
      </p>
    </div>
  );
}
