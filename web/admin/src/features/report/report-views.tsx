import { reportMetadataQuery } from '@/api/reports';
import type { ReportParams } from '@/lib/params';
import { useSuspenseQuery } from '@tanstack/react-query';
import { readState } from './report-state';
import { ViewsMenu } from './views/views-menu';

interface ReportViewsProps {
  params: ReportParams;
  onOpen: (params: Partial<ReportParams>) => void;
}

export function ReportViews({ params, onOpen }: ReportViewsProps) {
  const { data: metadata } = useSuspenseQuery(reportMetadataQuery);
  return <ViewsMenu state={readState(params, metadata)} onOpen={onOpen} />;
}
