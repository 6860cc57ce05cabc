import { messageOf } from '@/api/errors';
import { postbackUrlQuery, rotateKey } from '@/api/networks';
import type { Network } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { CopyField } from '@/components/ui/copy-field';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';

/** The URL to paste into the network, and the way to change its secret. */
export function PostbackPanel({ network, locked }: { network: Network; locked: string | undefined }) {
  // Whoever may not change the network is not told its secret.
  const { data, error } = useQuery({ ...postbackUrlQuery(network.id), enabled: !locked });
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
      <p className="text-ink-soft mt-2 text-xs">
        {locked
          ? `It holds a secret, because whoever knows it can report conversions. ${locked}`
          : 'Paste it into the network’s global or offer postback. Keep it secret: whoever knows it can report conversions.'}
      </p>
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

function RotateDialog({ network, onClose }: { network: Network; onClose: () => void }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const run = async () => {
    setBusy(true);
    try {
      await rotateKey(network.id, network.version);
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
      <p className="text-ink-soft text-sm">
        The old URL stops working at once. Conversions that “{network.name}” still sends to it are refused until you
        paste the new URL there.
      </p>
      {refusal && (
        <Banner tone="error" className="mt-3">
          {refusal}
        </Banner>
      )}
    </Modal>
  );
}
