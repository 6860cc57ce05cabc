import { Button } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { Select } from '@/components/ui/input';
import { Segmented } from '@/components/ui/toggle';
import type { ReportParams } from '@/lib/params';
import { timezones } from '@/lib/time';
import { GitCompareArrows } from 'lucide-react';

interface ReportSwitchesProps {
  params: ReportParams;
  workspaceTimezone: string;
  onChange: (patch: Partial<ReportParams>) => void;
}

/** How the report is counted and laid out. */
export function ReportSwitches({ params, workspaceTimezone, onChange }: ReportSwitchesProps) {
  const compared = params.compare !== '';
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented
        label="View"
        value={params.view}
        onChange={view => onChange({ view })}
        options={[
          { value: 'tree', label: 'Tree', title: 'Open rows to see what is inside' },
          { value: 'flat', label: 'Flat', title: 'One row for each combination' },
        ]}
      />
      <Button
        aria-pressed={compared}
        title="Shows how each figure differs from the period before"
        className="aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
        onClick={() => onChange({ compare: compared ? '' : 'previous' })}
      >
        <GitCompareArrows className="size-3.5" aria-hidden="true" /> Compare
      </Button>
      <Select
        aria-label="Bots"
        className="w-34"
        value={params.bots}
        onChange={bots => onChange({ bots })}
        options={[
          { value: 'exclude', label: 'Without bots' },
          { value: 'include', label: 'With bots' },
          { value: 'only', label: 'Only bots' },
        ]}
      />
      <Select
        aria-label="Which time counts"
        className="w-42"
        value={params.basis}
        onChange={basis => onChange({ basis })}
        options={[
          { value: 'click', label: 'By click time' },
          { value: 'conversion', label: 'By conversion time' },
        ]}
      />
      <Combobox
        label="Timezone"
        className="w-36"
        none={workspaceTimezone}
        options={timezones().map(zone => ({ value: zone, label: zone }))}
        value={params.tz || null}
        onChange={zone => onChange({ tz: zone ?? '' })}
      />
    </div>
  );
}
