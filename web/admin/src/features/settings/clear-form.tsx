/** Clearing clicks that were only tests: looked at first, then confirmed by typing. */
import { campaignsQuery } from '@/api/campaigns';
import { createClearing, previewClearing } from '@/api/clearings';
import { rangeBody } from '@/api/reports';
import { useWorkspace } from '@/api/session';
import type { ClearingInput, ClearingPreview } from '@/api/types';
import { DateRangePicker } from '@/components/date-range-picker';
import { PickField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { timezones } from '@/lib/time';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { spanOf, sumsInWords } from './clearing-words';
import { LookCard } from './look-card';
import { RemovalDialog } from './removal-dialog';

interface ClearValues {
  campaign: string | null;
  timezone: string | null;
}

interface Looked {
  input: ClearingInput;
  preview: ClearingPreview;
  which: string;
}

export function ClearForm() {
  const workspace = useWorkspace();
  const { data: campaigns } = useQuery(campaignsQuery('all'));
  const form = useApiForm<ClearValues>({ defaultValues: { campaign: null, timezone: workspace.timezone } });
  const [range, setRange] = useState('today');
  const [looked, setLooked] = useState<Looked | null>(null);
  const look = form.submit(async ({ campaign, timezone }) => {
    const preview = await previewClearing({
      campaign_id: campaign,
      range: rangeBody(range),
      timezone: timezone ?? workspace.timezone,
    });
    const { from, to, timezone: zone } = preview;
    const which = campaigns?.find(({ id }) => id === campaign)?.name ?? 'all campaigns';
    // What was looked at is what is cleared, also when the day has changed since.
    setLooked({ input: { campaign_id: campaign, range: { from, to }, timezone: zone }, preview, which });
  });
  return (
    <LookCard
      form={form}
      title="Clear test data"
      hint="Clicks and everything that followed from them: conversions, postbacks, deliveries, costs. Afterwards every report says what it would say if they had never been."
      button="See what would be cleared"
      onLook={look}
      dialog={looked && <ClearDialog looked={looked} currency={workspace.currency} onClose={() => setLooked(null)} />}
    >
      <div className="flex flex-wrap items-start gap-3">
        <PickField
          form={form}
          name="campaign"
          label="Clicks of"
          none="All campaigns"
          placeholder="All campaigns"
          className="w-full sm:w-64"
          options={(campaigns ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        />
        <div className="grid gap-1">
          <span className="text-ink-soft text-xs font-medium">That came</span>
          <DateRangePicker value={range} onChange={setRange} timezone={workspace.timezone} />
        </div>
        <PickField
          form={form}
          name="timezone"
          label="Timezone of the days"
          className="w-48"
          options={timezones().map(zone => ({ value: zone, label: zone }))}
        />
      </div>
    </LookCard>
  );
}

function ClearDialog({ looked, currency, onClose }: { looked: Looked; currency: string; onClose: () => void }) {
  const nothing = looked.preview.clicks === 0 && looked.preview.conversions === 0;
  return (
    <RemovalDialog
      title={nothing ? 'Nothing to clear' : 'Clear this test data?'}
      word="clear"
      nothing={nothing}
      run={() => createClearing(looked.input)}
      listed="clearings"
      begun="It is being cleared"
      refused="Not cleared"
      onClose={onClose}
    >
      Clicks of <strong className="text-ink">{looked.which}</strong>, {spanOf(looked.preview)} (
      {looked.preview.timezone}): <strong className="text-ink">{sumsInWords(looked.preview, currency)}</strong>.
    </RemovalDialog>
  );
}
