import { reportMetadataQuery } from '@/api/reports';
import { useLacksRole, useWorkspace } from '@/api/session';
import { useValueOptions } from '@/api/value-options';
import { conditionSource, dimensionsOf } from '@/components/conditions/condition-source';
import { Button } from '@/components/ui/button';
import { fieldsOf } from '@/lib/conditions';
import type { ReportParams } from '@/lib/params';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Download, Share2 } from 'lucide-react';
import { useState } from 'react';
import { ReportExport } from './export/report-export';
import { readState } from './report-state';
import { reportWords } from './report-words';
import { ShareDialog } from './sharing/share-dialog';
import { useReportRows } from './use-report-rows';

/** What can be made of a report: a file, a link. */
export function ReportActions({ params }: { params: ReportParams }) {
  const workspace = useWorkspace();
  const locked = useLacksRole('editor');
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  const [dialog, setDialog] = useState<'export' | 'share' | null>(null);
  const state = readState(params, metadata);
  const { report } = useReportRows(state, undefined);
  const asked = dimensionsOf(metadata.dimensions, fieldsOf(state.filters));
  const { words } = conditionSource(metadata.dimensions, useValueOptions(asked, params.range));
  const text = reportWords(state, report, {
    dimensions: metadata.dimensions,
    words,
    timezone: params.tz || workspace.timezone,
  });
  const flat = params.view === 'flat' || state.dimensions.length < 2;
  return (
    <>
      <Button onClick={() => setDialog('share')}>
        <Share2 className="text-ink-faint size-3.5" aria-hidden="true" /> Share
      </Button>
      <Button onClick={() => setDialog('export')}>
        <Download className="text-ink-faint size-3.5" aria-hidden="true" /> Export
      </Button>
      {dialog === 'export' && (
        <ReportExport
          state={state}
          words={text}
          rows={flat ? report?.total_rows : undefined}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'share' && (
        <ShareDialog
          state={state}
          words={text}
          suggestion={text.rows.replace('One row for each ', '')}
          locked={locked}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}
