import { messageOf } from '@/api/errors';
import { networksQuery } from '@/api/networks';
import { createReplay, replayPreviewQuery, type ReplayInput } from '@/api/replays';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { Checkbox } from '@/components/ui/toggle';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ReplayProgress } from './replay-progress';

const VERDICTS = [
  { word: 'refused', label: 'Refused' },
  { word: 'orphan', label: 'Orphan: no click was found' },
  { word: 'accepted', label: 'Accepted: what counted follows the statuses as they are mapped now' },
  { word: 'updated', label: 'Updated' },
  { word: 'duplicate', label: 'Duplicate' },
] as const;

interface ReplayDialogProps {
  /** First moment of the range that the log shows. */
  from: string;
  onClose: () => void;
}

/** Chooses past postbacks and judges them again, after a mapping or a network was corrected. */
export function ReplayDialog({ from, onClose }: ReplayDialogProps) {
  const [network, setNetwork] = useState('');
  const [verdicts, setVerdicts] = useState<readonly string[]>(['refused', 'orphan']);
  const [started, setStarted] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const { data: networks } = useQuery(networksQuery);
  const input: ReplayInput = { from, verdicts: [...verdicts], ...(network ? { network_id: network } : {}) };
  const preview = useQuery({ ...replayPreviewQuery(input), enabled: started === '' && verdicts.length > 0 });
  const total = verdicts.length > 0 ? preview.data?.total : 0;
  const start = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      setStarted((await createReplay(input)).id);
    } catch (error) {
      setRefusal(error);
    }
    setBusy(false);
  };
  const toggle = (word: string, on: boolean) =>
    setVerdicts(now => (on ? [...now, word] : now.filter(other => other !== word)));
  const problem = refusal ?? preview.error;
  const options = [
    { value: '', label: 'All networks' },
    ...(networks ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <Modal
      title="Judge again"
      description="Past postbacks of the chosen time are judged with the networks and statuses as they are now. What counted and reads as before is left alone."
      onClose={onClose}
      footer={
        started ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" disabled={!total} loading={busy} onClick={() => void start()}>
              {total === undefined ? 'Judge again' : `Judge ${total} again`}
            </Button>
          </>
        )
      }
    >
      {started ? (
        <ReplayProgress id={started} />
      ) : (
        <div className="grid gap-4">
          <Field label="Network">
            {control => <Select {...control} value={network} options={options} onChange={setNetwork} />}
          </Field>
          <fieldset className="grid gap-2">
            <legend className="mb-1.5 text-sm font-medium">With the verdict</legend>
            {VERDICTS.map(({ word, label }) => (
              <Checkbox key={word} label={label} checked={verdicts.includes(word)} onChange={on => toggle(word, on)} />
            ))}
          </fieldset>
          {problem !== null && problem !== undefined && (
            <Banner tone="error" title="Not possible">
              {messageOf(problem)}
            </Banner>
          )}
        </div>
      )}
    </Modal>
  );
}
