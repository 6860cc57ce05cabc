import type { DimensionInfo } from '@/api/types';
import { Button } from '@/components/ui/button';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { ChevronRight, Plus, X } from 'lucide-react';
import { Fragment, useState } from 'react';
import { DEPTH_MAX } from './report-state';

interface GroupChainProps {
  chain: string[];
  dimensions: readonly DimensionInfo[];
  onChange: (chain: string[]) => void;
}

export function dimensionOptions(dimensions: readonly DimensionInfo[]) {
  return dimensions.map(dimension => ({
    value: dimension.key,
    label: dimension.title,
    group: dimension.group,
    keywords: `${dimension.key} ${dimension.description}`,
  }));
}

/** What rows are grouped by, outermost first. */
export function GroupChain({ chain, dimensions, onChange }: GroupChainProps) {
  const options = dimensionOptions(dimensions);
  return (
    <div className="flex flex-wrap items-center gap-1" role="group" aria-label="Group by">
      <span className="text-ink-faint mr-1 text-xs font-medium">Group by</span>
      {chain.map((key, index) => (
        <Fragment key={key}>
          {index > 0 && <ChevronRight className="text-ink-faint size-3.5" aria-hidden="true" />}
          <span className="border-line-strong bg-surface flex h-8 items-center rounded-md border shadow-card dark:bg-raised">
            <Pick
              label={`Grouping ${index + 1}`}
              text={dimensions.find(dimension => dimension.key === key)?.title ?? key}
              options={options.filter(option => option.value === key || !chain.includes(option.value))}
              selected={key}
              onPick={next => onChange(chain.map(other => (other === key ? next : other)))}
            />
            {chain.length > 1 && (
              <button
                type="button"
                aria-label={`Remove grouping ${index + 1}`}
                onClick={() => onChange(chain.filter(other => other !== key))}
                className="text-ink-faint hover:text-ink -ml-1.5 mr-0.5 grid size-6 shrink-0 place-items-center rounded"
              >
                <X className="size-3.5" aria-hidden="true" />
              </button>
            )}
          </span>
        </Fragment>
      ))}
      {chain.length < DEPTH_MAX && (
        <Pick
          label="Add a grouping"
          options={options.filter(option => !chain.includes(option.value))}
          onPick={next => onChange([...chain, next])}
        />
      )}
    </div>
  );
}

interface PickProps {
  label: string;
  text?: string;
  options: ReturnType<typeof dimensionOptions>;
  selected?: string;
  onPick: (key: string) => void;
}

function Pick({ label, text, options, selected, onPick }: PickProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      trigger={
        text ? (
          <button
            type="button"
            aria-label={`${label}: ${text}`}
            className="h-full rounded-md px-2.5 text-sm font-medium"
          >
            {text}
          </button>
        ) : (
          <Button variant="ghost" aria-label={label} className="px-2">
            <Plus className="size-3.5" />
          </Button>
        )
      }
    >
      <OptionList
        label="dimensions"
        options={options}
        selected={selected ? [selected] : []}
        placeholder="Country, campaign, sub id…"
        onPick={key => {
          onPick(key);
          setOpen(false);
        }}
      />
    </Popover>
  );
}
