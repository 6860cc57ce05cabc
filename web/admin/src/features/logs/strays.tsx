import { messageOf } from '@/api/errors';
import { networksQuery } from '@/api/networks';
import { straysQuery, type StrayPostback } from '@/api/replays';
import { useWorkspace } from '@/api/session';
import { assignStrays } from '@/api/uploads';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { Loading } from '@/components/ui/spinner';
import { toast } from '@/components/ui/toast';
import { Checkbox } from '@/components/ui/toggle';
import { Text } from '@/components/value';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { TimeCell } from './cells';

/** Requests to the postback address that belong to nobody: of the whole instance, so for its admins only. */
export function Strays({ onClose }: { onClose: () => void }) {
  const { timezone } = useWorkspace();
  const { data, error, refetch } = useQuery({ ...straysQuery, refetchInterval: 3000 });
  const { data: networks } = useQuery(networksQuery);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const name = (id: string) => networks?.find(network => network.id === id)?.name ?? id;
  const items = data?.items ?? [];
  const toggle = (ids: string[], on: boolean) =>
    setChosen(now => (on ? [...new Set([...now, ...ids])] : now.filter(id => !ids.includes(id))));
  const alike = (stray: StrayPostback) =>
    items.filter(other => isFree(other) && other.key_fingerprint === stray.key_fingerprint).map(({ id }) => id);
  return (
    <Modal
      title="Requests that belong to nobody"
      description="With an unknown key, or from an address that the network does not allow. Keys are not kept: equal fingerprints mean equal keys."
      shape="sheet"
      width="lg"
      onClose={onClose}
      footer={
        chosen.length > 0 && (
          <Assign
            ids={chosen}
            networks={networks ?? []}
            onDone={() => {
              setChosen([]);
              void refetch();
            }}
          />
        )
      }
    >
      {error ? (
        <Banner tone="error" title="They cannot be shown">
          {messageOf(error)}
        </Banner>
      ) : !data ? (
        <Loading />
      ) : items.length === 0 ? (
        <p className="text-ink-soft text-sm">There are none.</p>
      ) : (
        <ul className="border-line divide-line divide-y rounded-lg border text-sm">
          {items.map(stray => (
            <li key={stray.id} className="grid gap-1 px-3 py-2">
              <div className="flex flex-wrap items-center gap-x-3">
                <TimeCell at={stray.at} timezone={timezone} />
                <span className="num">{stray.times} ×</span>
                <span className="font-mono text-xs">{stray.key_fingerprint || 'no key'}</span>
                <span className="text-ink-soft sm:ml-auto">{stray.ip}</span>
              </div>
              <Text value={`${stray.method} ?${stray.query}`} mono className="max-w-full" />
              <p className="text-ink-soft">{stray.reason}</p>
              {stray.assigned_to ? (
                <p className="text-positive text-xs">Given to {name(stray.assigned_to)}; its verdict is in the log.</p>
              ) : (
                isFree(stray) && (
                  <div className="flex flex-wrap items-center gap-x-3">
                    <Checkbox
                      label="Give it to a network"
                      checked={chosen.includes(stray.id)}
                      onChange={on => toggle([stray.id], on)}
                    />
                    {alike(stray).length > 1 && (
                      <Button size="sm" variant="ghost" onClick={() => toggle(alike(stray), true)}>
                        All {alike(stray).length} with this key
                      </Button>
                    )}
                  </div>
                )
              )}
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
}

/** Whether a request can still be given to a network. */
function isFree(stray: StrayPostback): boolean {
  return stray.assignable && !stray.assigned_to;
}

interface AssignProps {
  ids: readonly string[];
  networks: readonly { id: string; name: string }[];
  onDone: () => void;
}

/** Judges the chosen requests as if they had come with the network's key. */
function Assign({ ids, networks, onDone }: AssignProps) {
  const [network, setNetwork] = useState('');
  const [busy, setBusy] = useState(false);
  const assign = async () => {
    setBusy(true);
    try {
      await assignStrays(network, [...ids]);
      toast.success('They are judged now', 'The log shows them about a second later.');
      onDone();
    } catch (error) {
      toast.error(messageOf(error));
    }
    setBusy(false);
  };
  const options = [{ value: '', label: 'Choose…' }, ...networks.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <div className="flex w-full flex-wrap items-end justify-end gap-2">
      <Field label="Network that sent them" className="min-w-48">
        {control => <Select {...control} value={network} options={options} onChange={setNetwork} />}
      </Field>
      <Button variant="primary" loading={busy} disabled={network === ''} onClick={() => void assign()}>
        Judge {ids.length} as its own
      </Button>
    </div>
  );
}
