/** When the next file comes, how the last ones went, and the files to download. */
import { exportFileAddress, runScheduledExport, scheduledExportsQuery } from '@/api/scheduled';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { ScheduledExport } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { download } from '@/lib/download';
import { formatDateTime } from '@/lib/time';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Play } from 'lucide-react';
import { lastWords, sizeWords } from './export-values';

export function ExportFiles({ schedule: opened, dirty }: { schedule: ScheduledExport; dirty: boolean }) {
  const client = useQueryClient();
  const { timezone } = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const { data } = useQuery(scheduledExportsQuery);
  const schedule = data?.find(other => other.id === opened.id) ?? opened;
  const [last] = schedule.runs;
  const run = useMutation({
    mutationFn: () => runScheduledExport(schedule.id),
    onSuccess: () => toast.success('The file is written in a few seconds'),
    onError: error => toast.error('No file was asked for', error.message),
    onSettled: () => client.invalidateQueries({ queryKey: ['scheduled-exports', 'list'] }),
  });
  const blocked = lacksEditor ?? (dirty ? 'Save the changes first.' : schedule.active ? undefined : 'It is paused.');
  return (
    <section className="border-line grid gap-3 rounded-lg border p-3.5" aria-label="Files">
      <div className="flex flex-wrap items-center gap-3">
        <span className="text-ink-soft min-w-0 flex-1 text-sm">
          Last: {lastWords(schedule)}
          {schedule.next_at && schedule.active && (
            <span className="text-ink-faint"> · next {formatDateTime(schedule.next_at, timezone)}</span>
          )}
        </span>
        <Button
          disabled={Boolean(blocked) || run.isPending || schedule.running}
          title={blocked}
          onClick={() => run.mutate()}
        >
          <Play className="size-3.5" /> Write a file now
        </Button>
      </div>
      {last && last.error !== '' && (
        <Banner tone="warning" title="The last file was not written">
          {last.error}
        </Banner>
      )}
      {schedule.files.length > 0 && (
        <ul className="divide-line max-h-64 divide-y overflow-y-auto text-sm" aria-label="Files to download">
          {schedule.files.map(file => (
            <li key={file.name} className="flex min-w-0 items-center gap-3 py-1.5">
              <span className="min-w-0 flex-1 break-all">{file.name}</span>
              <span className="num text-ink-faint shrink-0 text-xs">{sizeWords(file.bytes)}</span>
              <Button
                variant="ghost"
                aria-label={`Download ${file.name}`}
                onClick={() => download(exportFileAddress(schedule.id, file.name))}
              >
                <Download className="size-3.5" />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
