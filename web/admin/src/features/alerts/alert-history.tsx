/** How an alert stands and what was told of it; the button that sends a test message. */
import { alertsQuery, testAlert } from '@/api/alerts';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { Alert, AlertNotice } from '@/api/types';
import { Badge } from '@/components/ui/badge';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { toast } from '@/components/ui/toast';
import { formatAgo, formatDateTime } from '@/lib/time';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { NOTICE_WORDS, StatusBadge } from './status-badge';

export function AlertHistory({ alert: opened, dirty }: { alert: Alert; dirty: boolean }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data } = useQuery(alertsQuery);
  const alert = data?.items.find(other => other.id === opened.id) ?? opened;
  const { state } = alert;
  const test = useMutation({
    mutationFn: () => testAlert(alert.id),
    onSuccess: notice => {
      const failed = notice.deliveries.filter(delivery => !delivery.done);
      if (failed.length === 0) toast.success('The test message was taken by everybody');
      else
        toast.error('Not everybody took the test message', failed.map(it => `${it.channel}: ${it.error}`).join('; '));
    },
    onError: error => toast.error('No test message was sent', error.message),
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts', 'list'] }),
  });
  return (
    <section className="border-line grid gap-3 rounded-lg border p-3.5" aria-label="State">
      <div className="flex flex-wrap items-center gap-3">
        <StatusBadge alert={alert} />
        <span className="text-ink-soft min-w-0 flex-1 text-sm">
          {state.value ?? 'no value'}
          {state.change && ` (${state.change} %)`}
          {state.evaluated_at && <span className="text-ink-faint"> · looked at {formatAgo(state.evaluated_at)}</span>}
        </span>
        <Button
          disabled={Boolean(lacksEditor) || dirty || test.isPending}
          title={lacksEditor ?? (dirty ? 'Save the changes first.' : undefined)}
          onClick={() => test.mutate()}
        >
          <Send className="size-3.5" /> Send a test message
        </Button>
      </div>
      {state.error && (
        <Banner tone="warning" title="It cannot be computed">
          {state.error}
        </Banner>
      )}
      {state.history.length > 0 && (
        <ol className="divide-line divide-y text-sm" aria-label="What was told">
          {state.history.map(notice => (
            <Notice key={`${notice.kind} ${notice.at}`} notice={notice} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Notice({ notice }: { notice: AlertNotice }) {
  const { timezone } = useWorkspace();
  return (
    <li className="grid gap-1 py-2">
      <span className="flex flex-wrap gap-x-3">
        <span className="font-medium">{NOTICE_WORDS[notice.kind]}</span>
        <span className="num text-ink-soft">
          {notice.value ?? 'no value'}
          {notice.change && ` (${notice.change} %)`}
        </span>
        <span className="text-ink-faint ml-auto">{formatDateTime(notice.at, timezone)}</span>
      </span>
      {notice.deliveries.map((delivery, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- receivers have no identity
        <span key={index} className="text-ink-soft flex min-w-0 flex-wrap items-center gap-2 text-xs">
          <Badge tone={delivery.done ? 'positive' : 'negative'}>{delivery.done ? 'taken' : 'not taken'}</Badge>
          <span className="min-w-0 break-all">{delivery.channel}</span>
          {delivery.error && <span className="text-negative min-w-0 break-words">{delivery.error}</span>}
        </span>
      ))}
    </li>
  );
}
