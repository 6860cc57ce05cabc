import { messageOf } from '@/api/errors';
import type { RatesImported, Workspace } from '@/api/types';
import { importRates } from '@/api/workspaces';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Textarea } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { formatDateTime } from '@/lib/time';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

/** Lines shown of a preview; bad ones come first. */
const SHOWN_MAX = 50;

/** Rates of a pasted or opened table, looked at before they are kept. */
export function RatesImportDialog({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [seen, setSeen] = useState<RatesImported | null>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (keep: boolean) => {
    setBusy(true);
    setProblem('');
    try {
      const answer = await importRates(workspace.id, workspace.version, text, keep);
      setSeen(answer);
      if (answer.taken) {
        toast.success(`${answer.added} rates added, ${answer.replaced} replaced`);
        await client.invalidateQueries({ queryKey: ['workspaces'] });
        onClose();
      }
    } catch (error) {
      setProblem(messageOf(error));
    }
    setBusy(false);
  };
  const lines = (seen?.lines ?? []).toSorted((a, b) => Number(b.rate === null) - Number(a.rate === null));
  return (
    <Modal
      title="Add rates"
      description={`One a line: currency, what one unit is worth in ${workspace.currency}, and the day from when on.`}
      onClose={onClose}
      width="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button loading={busy} disabled={!text.trim()} onClick={() => void send(false)}>
            Preview
          </Button>
          <Button
            variant="primary"
            loading={busy}
            disabled={!seen || seen.bad > 0 || !text.trim()}
            onClick={() => void send(true)}
          >
            Add
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Textarea
          aria-label="Rates"
          mono
          rows={6}
          spellCheck={false}
          placeholder={'EUR;1.08;2026-03-01\nEUR;1.09;2026-04-01'}
          value={text}
          onChange={event => {
            setText(event.target.value);
            setSeen(null);
          }}
        />
        <label className="text-sm">
          <span className="text-ink-soft mr-2">or a file</span>
          <input
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            onChange={event => {
              setSeen(null);
              void event.target.files?.[0]?.text().then(setText);
            }}
          />
        </label>
        {problem && (
          <Banner tone="error" title="Not read">
            {problem}
          </Banner>
        )}
        {seen && (
          <>
            <p className="text-sm">
              {seen.added} new, {seen.replaced} replaced{seen.bad > 0 && `, ${seen.bad} cannot be read`}.
            </p>
            <ul className="border-line divide-line max-h-64 divide-y overflow-y-auto rounded-lg border text-sm">
              {lines.slice(0, SHOWN_MAX).map(({ line, rate, reason }) => (
                <li key={line} className="flex flex-wrap gap-x-3 px-3 py-1.5">
                  <span className="text-ink-faint num w-10">{line}</span>
                  {rate ? (
                    <>
                      <span className="num">
                        1 {rate.currency} = {rate.rate} {workspace.currency}
                      </span>
                      <span className="text-ink-soft ml-auto">
                        {rate.since ? `from ${formatDateTime(rate.since, workspace.timezone)}` : 'from the beginning'}
                      </span>
                    </>
                  ) : (
                    <span className="text-negative">{reason}</span>
                  )}
                </li>
              ))}
            </ul>
            {lines.length > SHOWN_MAX && <p className="text-ink-faint text-xs">and {lines.length - SHOWN_MAX} more</p>}
          </>
        )}
      </div>
    </Modal>
  );
}
