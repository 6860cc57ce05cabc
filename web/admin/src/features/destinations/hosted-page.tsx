import { activateLanding, deleteLanding, landingQuery, uploadLanding } from '@/api/destinations';
import { messageOf } from '@/api/errors';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { Destination, Landing } from '@/api/types';
import type { ApiForm } from '@/components/form/use-api-form';
import { Badge } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { Button, buttonClass } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { Switch } from '@/components/ui/toggle';
import { formatDateTime } from '@/lib/time';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ExternalLink, Trash2, Upload } from 'lucide-react';
import { useRef } from 'react';
import type { DestinationValues } from './destination-values';

function size(bytes: number): string {
  if (bytes >= 1_048_576) return `${(bytes / 1_048_576).toFixed(1)} MiB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} B`;
}

interface HostedPageProps {
  form: ApiForm<DestinationValues>;
  destination: Destination | null;
}

/** Whether the page lies elsewhere or is uploaded and served by the tracker. */
export function HostedPage({ form, destination }: HostedPageProps) {
  return (
    <div className="border-line grid grid-cols-1 gap-3 rounded-lg border px-3 py-2.5">
      <Switch
        label="Uploaded page, served by the tracker"
        checked={form.watch('hosted')}
        onChange={on => form.setValue('hosted', on, { shouldDirty: true })}
      />
      {destination ? (
        <Uploads destination={destination} />
      ) : (
        <p className="text-ink-faint text-xs">Create the destination first; then a ZIP archive can be uploaded here.</p>
      )}
    </div>
  );
}

function Uploads({ destination }: { destination: Destination }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const file = useRef<HTMLInputElement>(null);
  const { data, error } = useQuery(landingQuery(destination.id));
  const adopt = (landing: Landing) => client.setQueryData(landingQuery(destination.id).queryKey, landing);
  const upload = useMutation({
    mutationFn: (archive: File) => uploadLanding(destination.id, archive),
    onSuccess: landing => {
      adopt(landing);
      toast.success(
        'Uploaded',
        'Visitors are shown it within seconds, once the destination is saved as uploaded page.',
      );
    },
  });
  const activate = useMutation({
    mutationFn: (version: string) => activateLanding(destination.id, version),
    onSuccess: adopt,
  });
  const remove = useMutation({
    mutationFn: () => deleteLanding(destination.id),
    onSuccess: () => client.invalidateQueries({ queryKey: landingQuery(destination.id).queryKey }),
  });
  const trouble = error ?? upload.error ?? activate.error ?? remove.error;
  const total = data?.files.reduce((sum, item) => sum + item.bytes, 0) ?? 0;
  return (
    <div className="grid grid-cols-1 gap-2.5">
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={file}
          type="file"
          accept=".zip,application/zip"
          aria-label="ZIP archive of the landing page"
          className="sr-only"
          tabIndex={-1}
          onChange={event => {
            const [archive] = event.target.files ?? [];
            if (archive) upload.mutate(archive);
            event.target.value = '';
          }}
        />
        <Button
          size="sm"
          loading={upload.isPending}
          disabled={Boolean(lacksEditor)}
          title={lacksEditor}
          onClick={() => file.current?.click()}
        >
          <Upload className="size-3.5" aria-hidden="true" /> {data?.current ? 'Upload a new version' : 'Upload ZIP'}
        </Button>
        {data?.preview_url && (
          <a href={data.preview_url} target="_blank" rel="noreferrer" className={buttonClass('ghost', 'sm')}>
            <ExternalLink className="size-3.5" aria-hidden="true" /> Preview
          </a>
        )}
        {data?.current && (
          <Button
            size="sm"
            variant="ghost"
            loading={remove.isPending}
            disabled={Boolean(lacksEditor) || destination.hosted}
            title={
              lacksEditor ?? (destination.hosted ? 'Visitors are shown it: switch it off and save first' : undefined)
            }
            onClick={() => remove.mutate()}
          >
            <Trash2 className="size-3.5" aria-hidden="true" /> Delete
          </Button>
        )}
      </div>
      {trouble && (
        <Banner tone="error" title="Not done">
          {messageOf(trouble)}
        </Banner>
      )}
      {data && !data.current && (
        <p className="text-ink-faint text-xs">
          An archive of at most {size(data.limits.archive_bytes_max)} with index.html at its top. In the page,{' '}
          <code className="font-mono">{'{offer}'}</code> becomes the link that goes on to the offer; other macros work
          too.
        </p>
      )}
      {data?.current && (
        <Contents
          landing={data}
          total={total}
          busy={activate.isPending}
          onActivate={version => activate.mutate(version)}
        />
      )}
    </div>
  );
}

interface ContentsProps {
  landing: Landing;
  total: number;
  busy: boolean;
  onActivate: (version: string) => void;
}

function Contents({ landing, total, busy, onActivate }: ContentsProps) {
  const { timezone } = useWorkspace();
  return (
    <>
      <ul className="border-line divide-line grid grid-cols-1 divide-y rounded-md border text-xs">
        {landing.versions.map(version => (
          <li key={version.version} className="flex min-h-8 flex-wrap items-center gap-2 px-2.5 py-1">
            <span className="num">{formatDateTime(version.uploaded_at, timezone)}</span>
            {version.version === landing.current ? (
              <Badge tone="positive">served</Badge>
            ) : (
              <Button size="sm" variant="ghost" disabled={busy} onClick={() => onActivate(version.version)}>
                Serve this one
              </Button>
            )}
          </li>
        ))}
      </ul>
      <details className="text-xs">
        <summary className="text-ink-soft">
          {landing.files.length} files, {size(total)}
        </summary>
        <ul className="mt-1 grid grid-cols-1 gap-0.5">
          {landing.files.map(item => (
            <li key={item.path} className="flex justify-between gap-3">
              <code className="min-w-0 font-mono break-all">{item.path}</code>
              <span className="text-ink-faint num shrink-0">{size(item.bytes)}</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
