import type { Destination } from '@/api/types';
import { Problems } from '@/components/form/problems';
import { Button, IconButton } from '@/components/ui/button';
import { Combobox } from '@/components/ui/combobox';
import { Input } from '@/components/ui/input';
import { OptionList } from '@/components/ui/option-list';
import { Popover } from '@/components/ui/popover';
import { Switch } from '@/components/ui/toggle';
import { usesWeights, type ChoosingMode } from '@/lib/caps';
import { cn } from '@/lib/cn';
import { formatShare } from '@/lib/format';
import { ChevronDown, ChevronUp, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { activeWeight, newRoute, type RouteDraft } from './stream-ops';

interface RoutesEditorProps {
  /** Word for one of them: "destination" or "landing". */
  noun: string;
  routes: RouteDraft[];
  onChange: (routes: RouteDraft[]) => void;
  destinations: readonly Destination[];
  choosing: ChoosingMode;
  path: string;
}

/** Possible destinations with their weights and the share that follows from them. */
export function RoutesEditor({ noun, routes, onChange, destinations, choosing, path }: RoutesEditorProps) {
  const [adding, setAdding] = useState(false);
  const total = activeWeight(routes);
  const patch = (key: string, change: Partial<RouteDraft>) =>
    onChange(routes.map(route => (route.key === key ? { ...route, ...change } : route)));
  const move = (index: number, by: 1 | -1) => {
    const [a, b] = [routes[index], routes[index + by]];
    if (!a || !b) return;
    onChange(routes.map((route, at) => (at === index ? b : at === index + by ? a : route)));
  };
  const options = destinations.map(item => ({
    value: item.id,
    label: item.name,
    hint: item.state === 'active' ? item.kind : item.state,
    keywords: item.url,
  }));
  return (
    <div className="grid grid-cols-1 gap-1.5">
      {routes.map((route, index) => {
        const destination = destinations.find(item => item.id === route.destination_id);
        const off = !route.active || (destination && destination.state !== 'active');
        return (
          <div key={route.key}>
            <div className="border-line bg-surface flex flex-wrap items-center gap-x-2 gap-y-1.5 rounded-md border py-1 pr-1 pl-2">
              <Switch
                label={`Use ${destination?.name ?? noun}`}
                hideLabel
                checked={route.active}
                onChange={active => patch(route.key, { active })}
              />
              <div className="min-w-40 flex-1">
                <Combobox
                  label={`${noun} ${index + 1}`}
                  options={options}
                  value={route.destination_id}
                  onChange={id => {
                    if (id) patch(route.key, { destination_id: id });
                  }}
                  className={cn(
                    'border-transparent bg-transparent shadow-none dark:bg-transparent',
                    off && 'text-ink-faint',
                  )}
                />
              </div>
              {usesWeights(choosing) ? (
                <div className="ml-auto flex items-center gap-1.5">
                  <Input
                    type="number"
                    min={0}
                    max={1_000_000}
                    aria-label={`Weight of ${destination?.name ?? noun}`}
                    value={route.weight}
                    onChange={event => patch(route.key, { weight: clampWeight(event.target.valueAsNumber) })}
                    className="num w-18 text-right"
                  />
                  <span className={cn('num w-11 text-right text-sm', off ? 'text-ink-faint' : 'font-medium')}>
                    {route.active ? formatShare(route.weight, total) : '—'}
                  </span>
                </div>
              ) : (
                <span className="text-ink-faint text-xs">
                  {choosing.type === 'round_robin' ? `turn ${index + 1}` : index === 0 ? 'first' : `then ${index + 1}.`}
                </span>
              )}
              <div className="flex">
                <IconButton
                  size="sm"
                  label="Move up"
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                  className="w-6"
                >
                  <ChevronUp className="size-3.5" />
                </IconButton>
                <IconButton
                  size="sm"
                  label="Move down"
                  disabled={index === routes.length - 1}
                  onClick={() => move(index, 1)}
                  className="w-6"
                >
                  <ChevronDown className="size-3.5" />
                </IconButton>
                <IconButton
                  size="sm"
                  label={`Remove ${destination?.name ?? noun}`}
                  onClick={() => onChange(routes.filter(other => other.key !== route.key))}
                >
                  <X className="size-3.5" />
                </IconButton>
              </div>
            </div>
            {destination && destination.state !== 'active' && (
              <p className="text-warning pt-0.5 pl-2 text-xs">This one is {destination.state} and gets no traffic.</p>
            )}
            <Problems path={`${path}[${index}]`} deep />
          </div>
        );
      })}
      <div>
        <Popover
          label={`Add ${noun}`}
          open={adding}
          onOpenChange={setAdding}
          trigger={
            <Button size="sm">
              <Plus className="size-3.5" /> Add {noun}
            </Button>
          }
        >
          <OptionList
            label={`${noun}s`}
            options={options}
            selected={routes.map(route => route.destination_id)}
            onPick={id => {
              onChange([...routes, newRoute(id)]);
              setAdding(false);
            }}
            footer={
              <a
                href="/destinations/new"
                target="_blank"
                rel="noreferrer"
                className="text-accent-text hover:bg-sunken dark:hover:bg-line flex h-8 items-center gap-1.5 rounded px-2 text-sm"
              >
                <Plus className="size-3.5" aria-hidden="true" /> Create one (new tab)
              </a>
            }
          />
        </Popover>
      </div>
      <Problems path={path} />
    </div>
  );
}

function clampWeight(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(1_000_000, Math.round(value))) : 0;
}
