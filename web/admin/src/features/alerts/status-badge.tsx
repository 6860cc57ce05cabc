import type { Alert, AlertNotice } from '@/api/types';
import { Badge, type BadgeTone } from '@/components/ui/badge';

const STATUS: Record<Alert['state']['status'], { tone: BadgeTone; label: string }> = {
  waiting: { tone: 'neutral', label: 'waiting' },
  ok: { tone: 'positive', label: 'ok' },
  firing: { tone: 'negative', label: 'firing' },
  no_data: { tone: 'neutral', label: 'no data' },
  failed: { tone: 'warning', label: 'failed' },
};

export function StatusBadge({ alert }: { alert: Alert }) {
  if (!alert.active) return <Badge>paused</Badge>;
  const { tone, label } = STATUS[alert.state.status];
  return (
    <Badge tone={tone} dot title={alert.state.error || undefined}>
      {label}
    </Badge>
  );
}

export const NOTICE_WORDS: Record<AlertNotice['kind'], string> = {
  firing: 'Began to fire',
  still_firing: 'Still fires',
  resolved: 'Back to normal',
  test: 'Test message',
};
