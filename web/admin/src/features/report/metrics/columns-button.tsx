import { customMetricsQuery } from '@/api/custom-metrics';
import { useLacksRole } from '@/api/session';
import type { CustomMetric, ReportMetadata } from '@/api/types';
import { Button } from '@/components/ui/button';
import { useQuery } from '@tanstack/react-query';
import { Columns3 } from 'lucide-react';
import { useState } from 'react';
import { MetricChooser } from './metric-chooser';
import { MetricForm } from './metric-form';

interface ColumnsButtonProps {
  metadata: ReportMetadata;
  selected: readonly string[];
  /** An empty list means the usual columns. */
  onChange: (selected: string[]) => void;
}

export function ColumnsButton({ metadata, selected, onChange }: ColumnsButtonProps) {
  const locked = useLacksRole('editor');
  const [open, setOpen] = useState(false);
  const [editing, setEditing] = useState<{ metric: CustomMetric | null } | null>(null);
  const { data: own = [] } = useQuery({ ...customMetricsQuery, enabled: open });
  const saved = (key: string) => {
    // A new metric is what the report was opened for; it goes to the end.
    if (editing?.metric === null) onChange([...selected, key]);
    setEditing(null);
    setOpen(false);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Columns3 className="text-ink-faint size-3.5" aria-hidden="true" /> Columns
        <span className="num text-ink-faint text-xs">{selected.length}</span>
      </Button>
      {open && !editing && (
        <MetricChooser
          metrics={metadata.metrics}
          own={own}
          defaults={metadata.default_metrics}
          selected={selected}
          locked={locked}
          onClose={() => setOpen(false)}
          onEdit={metric => setEditing({ metric })}
          onApply={next => {
            onChange(next);
            setOpen(false);
          }}
        />
      )}
      {editing && (
        <MetricForm
          metric={editing.metric}
          metrics={metadata.metrics}
          locked={locked}
          onClose={() => setEditing(null)}
          onSaved={saved}
          onDeleted={key => {
            if (selected.includes(key)) onChange(selected.filter(other => other !== key));
            setEditing(null);
          }}
        />
      )}
    </>
  );
}
