import type { SharedReport } from '@/api/types';
import { DateRangePicker } from '@/components/date-range-picker';
import { Button } from '@/components/ui/button';
import { Popover } from '@/components/ui/popover';
import { Checkbox } from '@/components/ui/toggle';
import type { SharedParams } from '@/lib/params';
import { Rows3 } from 'lucide-react';
import { plainTitle } from './shared-page';

interface SharedToolsProps {
  shared: SharedReport;
  params: SharedParams;
  by: readonly string[];
  titles: ReadonlyMap<string, string>;
  onChange: (patch: Partial<SharedParams>) => void;
}

/** What a reader may change: groupings can be left out, and where it was allowed, the range. */
export function SharedTools({ shared, params, by, titles, onChange }: SharedToolsProps) {
  const toggle = (key: string, on: boolean) => {
    const next = shared.dimensions.filter(other => (other === key ? on : by.includes(other)));
    if (next.length > 0) onChange({ by: next.length === shared.dimensions.length ? '' : next.join(','), page: 1 });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      {shared.dimensions.length > 1 && (
        <Popover
          label="Group by"
          align="end"
          className="grid gap-2 p-3"
          trigger={
            <Button>
              <Rows3 className="text-ink-faint size-3.5" aria-hidden="true" /> Group by
              <span className="num text-ink-faint text-xs">{by.length}</span>
            </Button>
          }
        >
          {shared.dimensions.map(key => (
            <Checkbox
              key={key}
              label={titles.get(key) ?? plainTitle(key)}
              checked={by.includes(key)}
              onChange={on => toggle(key, on)}
            />
          ))}
        </Popover>
      )}
      {shared.range_open && (
        <DateRangePicker
          value={params.range}
          unset="Range of the report"
          timezone={shared.report.timezone}
          onChange={range => onChange({ range, page: 1 })}
        />
      )}
    </div>
  );
}
