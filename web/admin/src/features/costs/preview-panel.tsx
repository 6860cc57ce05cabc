import { messageOf } from '@/api/errors';
import { ApiError } from '@/api/errors';
import { Spinner } from '@/components/ui/spinner';
import { formatCount, formatExactMoney } from '@/lib/format';
import type { ReactNode } from 'react';
import type { Preview } from './use-cost-preview';

interface PreviewPanelProps {
  preview: Preview;
  /** Whether an amount stands in the form. */
  ready: boolean;
  currency: string;
}

/** What the correction would change, before it changes anything. */
export function PreviewPanel({ preview: { data, error, loading }, ready, currency }: PreviewPanelProps) {
  const money = (amount: string | undefined) => (amount === undefined ? '—' : formatExactMoney(amount, currency));
  return (
    <section
      aria-label="What it would change"
      aria-live="polite"
      className="bg-sunken border-line rounded-lg border p-3.5"
    >
      <h3 className="text-ink-soft mb-2 flex items-center gap-2 text-xs font-medium">
        What it would change {loading && <Spinner className="size-3.5" />}
      </h3>
      <dl className="grid grid-cols-3 gap-3">
        <Figure label="Clicks">{data ? formatCount(data.clicks) : '—'}</Figure>
        <Figure label="Cost now">{money(data?.before)}</Figure>
        <Figure label="Cost then">{money(data?.after)}</Figure>
      </dl>
      <Note data={data} error={error} ready={ready} />
    </section>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-ink-faint text-2xs">{label}</dt>
      <dd className="num truncate text-base font-semibold">{children}</dd>
    </div>
  );
}

function Note({ data, error, ready }: { data: Preview['data']; error: unknown; ready: boolean }) {
  if (error) {
    const reasons = error instanceof ApiError ? error.fields.map(({ field, reason }) => `${field}: ${reason}`) : [];
    return (
      <p role="alert" className="text-negative mt-2 text-xs">
        {reasons.join('; ') || messageOf(error)}
      </p>
    );
  }
  if (data?.clicks === 0) {
    return (
      <p className="text-warning mt-2 text-xs">
        No click matches: the amount would be in no report. Choose other days, or take conditions away.
      </p>
    );
  }
  if (!ready) return <p className="text-ink-faint mt-2 text-xs">Give an amount to see it.</p>;
  return null;
}
