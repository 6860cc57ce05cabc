/** Conversions out of a file: pasted or chosen, each line checked, then taken and judged like any postback. */
import { messageOf } from '@/api/errors';
import { networksQuery } from '@/api/networks';
import { useLacksRole } from '@/api/session';
import {
  createUpload,
  isSettled,
  ROWS_SHOWN,
  takeUpload,
  uploadQuery,
  uploadRowsQuery,
  type Upload,
} from '@/api/uploads';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { Loading } from '@/components/ui/spinner';
import { Checkbox } from '@/components/ui/toggle';
import { formatCount } from '@/lib/format';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { UploadForm, type UploadValues } from './upload-form';
import { UploadRows } from './upload-rows';

export function UploadSheet({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const lacksEditor = useLacksRole('editor');
  const { data: networks } = useQuery(networksQuery);
  const [values, setValues] = useState<UploadValues>({ network: '', text: '', columns: '' });
  const [id, setId] = useState('');
  const [taking, setTaking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const upload = useQuery(uploadQuery(id)).data;
  const attempt = async (run: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const check = () =>
    attempt(async () => {
      const columns = values.columns.split(',').map(name => name.trim());
      const named = values.columns.trim() === '' ? [] : columns;
      setId((await createUpload({ network_id: values.network, text: values.text, columns: named })).id);
    });
  const takeAll = () =>
    attempt(async () => {
      client.setQueryData(uploadQuery(id).queryKey, await takeUpload(id));
      setTaking(true);
    });
  const again = () => {
    setId('');
    setTaking(false);
    setProblem(null);
  };
  const good = upload ? upload.total - upload.bad : 0;
  const footer = () => {
    if (taking) {
      return (
        <Button
          variant="primary"
          onClick={() => {
            void client.invalidateQueries({ queryKey: ['logs'] });
            onClose();
          }}
        >
          Done
        </Button>
      );
    }
    if (id) {
      return (
        <>
          <Button className="mr-auto" onClick={again}>
            Change the text
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            loading={busy}
            disabled={Boolean(lacksEditor) || upload?.state !== 'checked' || good === 0}
            title={lacksEditor}
            onClick={() => void takeAll()}
          >
            {upload?.state === 'checked' ? `Take ${lines(good)}` : 'Take'}
          </Button>
        </>
      );
    }
    return (
      <>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          loading={busy}
          disabled={Boolean(lacksEditor) || values.text.trim() === '' || values.network === ''}
          title={lacksEditor}
          onClick={() => void check()}
        >
          Check the lines
        </Button>
      </>
    );
  };
  return (
    <Modal
      shape="sheet"
      width="xl"
      title="Upload conversions"
      description="Each line becomes a received postback and is judged like any other; nothing is taken before you have seen the lines"
      onClose={onClose}
      footer={footer()}
    >
      <div className="grid gap-4">
        {problem !== null && (
          <Banner tone="error" title={id ? 'Not taken' : 'The text cannot be read'}>
            {messageOf(problem)}
          </Banner>
        )}
        {id ? (
          <Uploaded upload={upload} text={values.text} taking={taking} />
        ) : (
          <UploadForm
            values={values}
            networks={networks ?? []}
            onChange={patch => {
              setValues({ ...values, ...patch });
              setProblem(null);
            }}
          />
        )}
      </div>
    </Modal>
  );
}

/** What is said of the lines, and then what became of them. */
function Uploaded({ upload, text, taking }: { upload: Upload | undefined; text: string; taking: boolean }) {
  const [onlyBad, setOnlyBad] = useState(false);
  const texts = useMemo(() => text.split(/\r\n|\n|\r/), [text]);
  const { data: rows } = useQuery(uploadRowsQuery(upload?.id ?? '', upload?.state, onlyBad));
  if (!upload || !rows || upload.state === 'checking' || upload.state === 'taking') return <Loading />;
  return (
    <>
      <Summary upload={upload} taking={taking} judged={rows.items.filter(isSettled).length} />
      {upload.bad > 0 && upload.bad < upload.total && (
        <Checkbox label={`Only the ${formatCount(upload.bad)} with mistakes`} checked={onlyBad} onChange={setOnlyBad} />
      )}
      <UploadRows rows={rows.items} lines={texts} taken={taking} />
      {rows.total > ROWS_SHOWN && (
        <p className="text-ink-soft text-xs">
          The first {formatCount(ROWS_SHOWN)} of {formatCount(rows.total)} lines are shown; all of them are in the log
          of received postbacks once they are taken.
        </p>
      )}
    </>
  );
}

function Summary({ upload, taking, judged }: { upload: Upload; taking: boolean; judged: number }) {
  const good = upload.total - upload.bad;
  if (taking) {
    return (
      <Banner tone="success" title={`${lines(upload.taken)} taken`}>
        {upload.bad > 0 && `${lines(upload.bad)} had mistakes and were left out. `}
        {judged < Math.min(upload.taken, ROWS_SHOWN)
          ? 'They are being judged: verdicts appear below as they are made.'
          : 'All that are shown are judged.'}
      </Banner>
    );
  }
  if (upload.bad === 0) {
    return (
      <Banner tone="success" title={`All ${lines(upload.total)} are understood`}>
        Whether their clicks exist, and which are duplicates, is said once they are taken.
      </Banner>
    );
  }
  return (
    <Banner tone="warning" title={`${lines(upload.bad)} cannot be understood`}>
      {good > 0
        ? `The other ${lines(good)} can be taken without them; or change the text and check again.`
        : 'Change the text and check again.'}
    </Banner>
  );
}

function lines(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
}
