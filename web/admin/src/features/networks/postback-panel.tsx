import { messageOf } from '@/api/errors';
import { postbackUrlQuery, rotateKey } from '@/api/networks';
import { useWorkspace } from '@/api/session';
import type { Network } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { formatDateTime } from '@/lib/time';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';

/** The URL to paste into the network, and the way to change its secret. */
export function PostbackPanel({ network, locked }: { network: Network; locked: string | undefined }) {
  // Whoever may not change the network is not told its secret.
  const shown = !locked && !network.key_unreadable;
  const { data, error } = useQuery({ ...postbackUrlQuery(network.id), enabled: shown });
  const [rotating, setRotating] = useState(false);
  return (
    <section className="bg-accent-soft/60 rounded-lg p-3.5">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-sm font-semibold">Postback URL</h3>
        <Button size="sm" variant="ghost" disabled={Boolean(locked)} title={locked} onClick={() => setRotating(true)}>
          <KeyRound className="size-3.5" /> New key…
        </Button>
      </div>
      {data && <CopyField value={data.url} label="postback URL" multiline />}
      {error && <p className="text-negative text-sm">{messageOf(error)}</p>}
      {!locked && network.key_unreadable && (
        <Banner tone="warning" title="The key of this network cannot be read">
          It was sealed with another secret key than this server has (catalog.secret_key, or the file secret.key in the
          data directory). Restore that key, or make a new one here and paste the new URL into the network.
        </Banner>
      )}
      <p className="text-ink-soft mt-2 text-xs">
        {locked
          ? `It holds a secret, because whoever knows it can report conversions. ${locked}`
          : 'Paste it into the network’s global or offer postback. Keep it secret: whoever knows it can report conversions.'}
      </p>
      <RetiredKeys network={network} />
      {data && data.missing_tokens.length > 0 && (
        <Banner tone="warning" className="mt-2.5">
          Left out, because the network’s macro is not set below:{' '}
          {data.missing_tokens.map(token => token.parameter).join(', ')}.
        </Banner>
      )}
      {rotating && <RotateDialog network={network} onClose={() => setRotating(false)} />}
    </section>
  );
}

/** Until when the URLs of before go on working. */
function RetiredKeys({ network }: { network: Network }) {
  const { timezone } = useWorkspace();
  const [now] = useState(() => Date.now());
  const working = network.retired_keys.filter(key => Date.parse(key.until) > now);
  if (working.length === 0) return null;
  return (
    <ul className="text-ink-soft mt-2 grid gap-0.5 text-xs" aria-label="Keys that still work">
      {working.map(key => (
        <li key={key.until + key.begins}>
          The URL of before {key.begins && <span className="font-mono">(/{key.begins}…/postback) </span>}
          works until {formatDateTime(key.until, timezone)} {timezone}.
        </li>
      ))}
    </ul>
  );
}

const OVERLAPS = [
  { value: '168', label: 'Works on for 7 days' },
  { value: '24', label: 'Works on for a day' },
  { value: '720', label: 'Works on for 30 days' },
  { value: '0', label: 'Stops working at once' },
] as const;

function RotateDialog({ network, onClose }: { network: Network; onClose: () => void }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]['value']>(network.key_unreadable ? '0' : '168');
  const run = async () => {
    setBusy(true);
    try {
      await rotateKey(network.id, network.version, Number(overlap));
      await client.invalidateQueries({ queryKey: ['networks'] });
      toast.success('The key was replaced', 'Copy the new URL into the network.');
      onClose();
    } catch (error) {
      setRefusal(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Modal
      title="Replace the postback key?"
      width="sm"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" loading={busy} onClick={() => void run()}>
            Replace key
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        {!network.key_unreadable && (
          <Field label="The URL of now">
            {control => <Select {...control} value={overlap} options={OVERLAPS} onChange={setOverlap} />}
          </Field>
        )}
        <p className="text-ink-soft text-sm">
          {overlap === '0'
            ? `It and all earlier ones stop working. Conversions that “${network.name}” still sends there are refused until you paste the new URL into it. Choose this when somebody else knows the key.`
            : `You have that long to paste the new URL into “${network.name}”; until then both work.`}
        </p>
        {refusal && <Banner tone="error">{refusal}</Banner>}
      </div>
    </Modal>
  );
}
