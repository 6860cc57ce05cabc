/** Which figures a report shows and in which order: everything there is, with what it means and how it is computed. */
import type { CustomMetric, MetricInfo } from '@/api/types';
import { Button, IconButton } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { Modal } from '@/components/ui/modal';
import { Checkbox } from '@/components/ui/toggle';
import { Pencil, Plus, Search } from 'lucide-react';
import { useState } from 'react';
import { METRICS_MAX } from '../report-state';
import { ChosenColumns } from './chosen-columns';
import { groupsOf, matches } from './metric-groups';

interface MetricChooserProps {
  metrics: readonly MetricInfo[];
  own: readonly CustomMetric[];
  defaults: readonly string[];
  selected: readonly string[];
  /** Why the caller may not make metrics. */
  locked: string | undefined;
  onApply: (selected: string[]) => void;
  onClose: () => void;
  /** Opens the form of a metric of one's own; `null` for a new one. */
  onEdit: (metric: CustomMetric | null) => void;
}

export function MetricChooser(props: MetricChooserProps) {
  const { metrics, own, defaults, selected, locked, onApply, onClose, onEdit } = props;
  const [draft, setDraft] = useState<string[]>([...selected]);
  const [query, setQuery] = useState('');
  const known = draft.filter(key => metrics.some(metric => metric.key === key));
  const toggle = (key: string, on: boolean) => setDraft(on ? [...known, key] : known.filter(other => other !== key));
  const groups = groupsOf(metrics.filter(metric => matches(metric, query)));
  return (
    <Modal
      title="Columns"
      description="Tick what the report shows. What is divided by zero is shown as —, never as 0."
      width="xl"
      onClose={onClose}
      footer={
        <>
          <Button variant="ghost" className="mr-auto" onClick={() => setDraft([...defaults])}>
            Usual columns
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={known.length === 0 || known.length > METRICS_MAX}
            onClick={() => onApply(known.join() === defaults.join() ? [] : known)}
          >
            Show {known.length} {known.length === 1 ? 'column' : 'columns'}
          </Button>
        </>
      }
    >
      <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_15rem]">
        <div className="grid min-w-0 gap-3">
          <div className="flex items-center gap-2">
            <div className="relative min-w-0 flex-1">
              <Search
                className="text-ink-faint absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2"
                aria-hidden="true"
              />
              <Input
                type="search"
                // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was opened to look for a metric
                autoFocus
                aria-label="Search metrics"
                placeholder="Search: EPC, approve, cost ÷ clicks…"
                value={query}
                onChange={event => setQuery(event.target.value)}
                className="pl-8"
              />
            </div>
            <Button onClick={() => onEdit(null)} disabled={Boolean(locked)} title={locked}>
              <Plus className="size-3.5" aria-hidden="true" /> Own metric
            </Button>
          </div>
          {groups.map(([group, members]) => (
            <fieldset key={group} className="min-w-0">
              <legend className="text-ink-faint mb-1 text-2xs font-semibold tracking-wide uppercase">{group}</legend>
              <ul className="divide-line border-line divide-y rounded-lg border">
                {members.map(metric => (
                  <li key={metric.key} className="flex min-w-0 items-start gap-2 px-3 py-2">
                    <Checkbox
                      className="min-w-0 flex-1 items-start [&>span:first-of-type]:mt-0.5"
                      label={<MetricText metric={metric} />}
                      checked={known.includes(metric.key)}
                      onChange={on => toggle(metric.key, on)}
                    />
                    <EditOwn metric={own.find(other => other.key === metric.key)} onEdit={onEdit} />
                  </li>
                ))}
              </ul>
            </fieldset>
          ))}
          {groups.length === 0 && (
            <p className="text-ink-faint py-6 text-center text-sm">
              No metric is called “{query}”. “Own metric” computes one from the others.
            </p>
          )}
        </div>
        <ChosenColumns metrics={metrics} chosen={known} onChange={setDraft} />
      </div>
    </Modal>
  );
}

function MetricText({ metric }: { metric: MetricInfo }) {
  return (
    <span className="block min-w-0">
      <span className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{metric.title}</span>
        {metric.formula && <code className="text-ink-soft font-mono text-2xs break-words">{metric.formula}</code>}
      </span>
      {metric.description && <span className="text-ink-faint block text-xs">{metric.description}</span>}
    </span>
  );
}

function EditOwn({ metric, onEdit }: { metric: CustomMetric | undefined; onEdit: (metric: CustomMetric) => void }) {
  if (!metric) return null;
  return (
    <IconButton size="sm" label={`Edit ${metric.title}`} onClick={() => onEdit(metric)}>
      <Pencil className="size-3.5" aria-hidden="true" />
    </IconButton>
  );
}
