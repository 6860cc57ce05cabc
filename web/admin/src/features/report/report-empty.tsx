import { Button, buttonClass } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import type { ReportParams } from '@/lib/params';
import { Link } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';

interface ReportEmptyProps {
  params: ReportParams;
  onChange: (patch: Partial<ReportParams>) => void;
}

/** No row: the ways to one, by what narrows the report. */
export function ReportEmpty({ params, onChange }: ReportEmptyProps) {
  const wide = params.range === 'all_time';
  return (
    <EmptyState
      icon={<ChartColumn />}
      title={params.f || params.h ? 'Nothing fits these filters' : 'Nothing in this range'}
      actions={
        <>
          {(params.f || params.h) && <Button onClick={() => onChange({ f: '', h: '' })}>Take the filters away</Button>}
          {!wide && <Button onClick={() => onChange({ range: 'last_30_days' })}>Last 30 days</Button>}
          {params.bots === 'exclude' && <Button onClick={() => onChange({ bots: 'include' })}>With bots</Button>}
          <Link to="/campaigns" className={buttonClass('ghost')}>
            Go to the campaigns
          </Link>
        </>
      }
    >
      New clicks appear here about a second after they happen.
    </EmptyState>
  );
}
