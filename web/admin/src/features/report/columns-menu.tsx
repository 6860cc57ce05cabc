import type { MetricInfo } from '@/api/types';
import { Button } from '@/components/ui/button';
import { Popover } from '@/components/ui/popover';
import { Checkbox } from '@/components/ui/toggle';
import { Columns3 } from 'lucide-react';

const GROUPS = ['Counts', 'Rates', 'Money', 'Other'] as const;

function groupOf(metric: MetricInfo): (typeof GROUPS)[number] {
  switch (metric.value_type) {
    case 'count':
      return 'Counts';
    case 'percent':
      return 'Rates';
    case 'money':
      return 'Money';
    default:
      return 'Other';
  }
}

interface ColumnsMenuProps {
  metrics: readonly MetricInfo[];
  defaults: readonly string[];
  selected: readonly string[];
  /** An empty list means the usual columns. */
  onChange: (selected: string[]) => void;
}

export function ColumnsMenu({ metrics, defaults, selected, onChange }: ColumnsMenuProps) {
  const groups = GROUPS.filter(group => metrics.some(metric => groupOf(metric) === group));
  const toggle = (key: string, on: boolean) => {
    const next = metrics.map(metric => metric.key).filter(other => (other === key ? on : selected.includes(other)));
    if (next.length > 0) onChange(next);
  };
  return (
    <Popover
      label="Columns"
      align="end"
      className="scroll-thin max-h-[65dvh] w-[26rem] overflow-y-auto p-3"
      trigger={
        <Button>
          <Columns3 className="text-ink-faint size-3.5" aria-hidden="true" /> Columns
          <span className="num text-ink-faint text-xs">{selected.length}</span>
        </Button>
      }
    >
      <div className="grid gap-3">
        {groups.map(group => (
          <fieldset key={group}>
            <legend className="text-ink-faint mb-1 text-2xs font-semibold tracking-wide uppercase">{group}</legend>
            <div className="grid grid-cols-2 gap-x-3 gap-y-1.5">
              {metrics
                .filter(metric => groupOf(metric) === group)
                .map(metric => (
                  <Checkbox
                    key={metric.key}
                    label={<span title={`${metric.description} ${metric.formula}`}>{metric.title}</span>}
                    checked={selected.includes(metric.key)}
                    onChange={on => toggle(metric.key, on)}
                  />
                ))}
            </div>
          </fieldset>
        ))}
        <div className="border-line border-t pt-2">
          <Button size="sm" variant="ghost" onClick={() => onChange([])} disabled={selected.join() === defaults.join()}>
            Usual columns
          </Button>
        </div>
      </div>
    </Popover>
  );
}
