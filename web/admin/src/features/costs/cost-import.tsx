/** Corrections out of a file: pasted or chosen, each line checked and previewed, then made. */
import { importCostFile, previewCostFile } from '@/api/costs';
import { messageOf } from '@/api/errors';
import { useLacksRole, useWorkspace } from '@/api/session';
import type { CostFileInput, CostFileReport } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Modal } from '@/components/ui/modal';
import { toast } from '@/components/ui/toast';
import { formatCount } from '@/lib/format';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { requestName } from './cost-values';
import { FileInput, type FileValues } from './file-input';
import { FileTable } from './file-table';

export function CostImport({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const lacksEditor = useLacksRole('editor');
  const [values, setValues] = useState<FileValues>({
    text: '',
    timezone: workspace.timezone,
    currency: workspace.currency,
    bots: 'exclude',
  });
  const [checked, setChecked] = useState<CostFileReport | null>(null);
  const [made, setMade] = useState<CostFileReport | null>(null);
  const [key, setKey] = useState(requestName);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = async (run: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(messageOf(error));
    }
    setBusy(false);
  };
  const change = (patch: Partial<FileValues>) => {
    setValues({ ...values, ...patch });
    setChecked(null);
    setProblem(null);
    // Another text is another file: it may make the same corrections again.
    setKey(requestName());
  };
  const input: CostFileInput = { ...values };
  const check = () => attempt(async () => setChecked(await previewCostFile(input)));
  const run = () =>
    attempt(async () => {
      const report = await importCostFile({ ...input, idempotency_key: key });
      setMade(report);
      await client.invalidateQueries({ queryKey: ['costs'] });
      void client.invalidateQueries({ queryKey: ['reports', 'query'] });
      toast.success(`Imported ${lines(report.good)}`);
    });
  const shown = made ?? checked;
  return (
    <Modal
      shape="sheet"
      width="xl"
      title="Import costs"
      description="One correction a line; nothing is changed before you have seen what it would change"
      onClose={onClose}
      footer={
        made ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            {checked && (
              <Button className="mr-auto" onClick={() => setChecked(null)}>
                Change the text
              </Button>
            )}
            <Button onClick={onClose}>Cancel</Button>
            {checked ? (
              <Button
                variant="primary"
                loading={busy}
                disabled={Boolean(lacksEditor) || checked.good === 0}
                title={lacksEditor}
                onClick={() => void run()}
              >
                Import {lines(checked.good)}
              </Button>
            ) : (
              <Button
                variant="primary"
                loading={busy}
                disabled={values.text.trim() === ''}
                onClick={() => void check()}
              >
                Check the lines
              </Button>
            )}
          </>
        )
      }
    >
      <div className="grid gap-4">
        {problem && (
          <Banner tone="error" title={checked ? 'Not imported' : 'The file cannot be read'}>
            {problem}
          </Banner>
        )}
        {shown ? (
          <>
            <Summary report={shown} made={made !== null} />
            <FileTable text={values.text} report={shown} currency={workspace.currency} />
          </>
        ) : (
          <FileInput values={values} onChange={change} />
        )}
      </div>
    </Modal>
  );
}

function lines(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
}

function Summary({ report, made }: { report: CostFileReport; made: boolean }) {
  const waiting = report.rows.filter(row => row.correction?.state === 'waiting').length;
  if (made) {
    return (
      <Banner tone="success" title={`${lines(report.good)} imported`}>
        {report.bad > 0 && `${lines(report.bad)} had mistakes and were left out. `}
        {waiting > 0 && `${lines(waiting)} follow in the background; the list of costs shows how far it is. `}
        Each one can be undone by itself.
      </Banner>
    );
  }
  if (report.bad === 0) {
    return (
      <Banner tone="success" title={`All ${lines(report.good)} are understood`}>
        Each line is shown as if it came alone; lines about the same clicks replace one another in their order.
      </Banner>
    );
  }
  return (
    <Banner tone="warning" title={`${lines(report.bad)} cannot be understood`}>
      {report.good > 0
        ? `The other ${lines(report.good)} can be imported without them; or change the text and check again.`
        : 'Change the text and check again.'}
    </Banner>
  );
}
