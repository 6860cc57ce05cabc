import { messageOf } from '@/api/errors';
import { straysQuery } from '@/api/replays';
import { useWorkspace } from '@/api/session';
import { Banner } from '@/components/ui/banner';
import { Modal } from '@/components/ui/modal';
import { Loading } from '@/components/ui/spinner';
import { Text } from '@/components/value';
import { useQuery } from '@tanstack/react-query';
import { TimeCell } from './cells';

/** Requests to the postback address that belong to nobody: of the whole instance, so for its admins only. */
export function Strays({ onClose }: { onClose: () => void }) {
  const { timezone } = useWorkspace();
  const { data, error } = useQuery({ ...straysQuery, refetchInterval: 3000 });
  return (
    <Modal
      title="Requests with an unknown key"
      description="They reached the postback address but belong to no network. Keys are not kept: equal fingerprints mean equal keys."
      shape="sheet"
      width="lg"
      onClose={onClose}
    >
      {error ? (
        <Banner tone="error" title="They cannot be shown">
          {messageOf(error)}
        </Banner>
      ) : !data ? (
        <Loading />
      ) : data.items.length === 0 ? (
        <p className="text-ink-soft text-sm">There are none.</p>
      ) : (
        <ul className="border-line divide-line divide-y rounded-lg border text-sm">
          {data.items.map(stray => (
            <li key={`${stray.at}~${stray.key_fingerprint}~${stray.query}`} className="grid gap-1 px-3 py-2">
              <div className="flex flex-wrap items-center gap-x-3">
                <TimeCell at={stray.at} timezone={timezone} />
                <span className="num">{stray.times} ×</span>
                <span className="font-mono text-xs">{stray.key_fingerprint || 'no key'}</span>
                <span className="text-ink-soft sm:ml-auto">{stray.ip}</span>
              </div>
              <Text value={`${stray.method} ?${stray.query}`} mono className="max-w-full" />
              <p className="text-ink-soft">{stray.reason}</p>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
}
