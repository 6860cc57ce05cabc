import { buttonClass } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import { Link } from '@tanstack/react-router';
import { Check } from 'lucide-react';

interface GettingStartedProps {
  sources: number;
  networks: number;
  campaigns: number;
  clicks: number;
}

/** Shown until the first click has come in: what to do, in order, and what is done already. */
export function GettingStarted({ sources, networks, campaigns, clicks }: GettingStartedProps) {
  const steps = [
    {
      done: networks > 0,
      title: 'Add an affiliate network',
      text: 'It gives you the postback URL by which conversions come in.',
      to: '/networks/new',
    },
    {
      done: sources > 0,
      title: 'Add a traffic source',
      text: 'It says which link parameters carry click ids, costs and sub ids.',
      to: '/sources/new',
    },
    {
      done: campaigns > 0,
      title: 'Create a campaign',
      text: 'Say where visitors go. The link works at once.',
      to: '/campaigns/new',
    },
    {
      done: clicks > 0,
      title: 'Send the first click',
      text: 'Open the campaign’s link, and watch it arrive here.',
      to: '/campaigns',
    },
  ];
  const next = steps.findIndex(step => !step.done);
  return (
    <section className="bg-surface border-line shadow-card rounded-lg border p-5" aria-labelledby="getting-started">
      <h2 id="getting-started" className="text-base font-semibold">
        Four steps to the first report
      </h2>
      <ol className="mt-3 grid gap-2 sm:grid-cols-2 xl:grid-cols-4">
        {steps.map((step, index) => (
          <li
            key={step.title}
            className={cn(
              'border-line flex flex-col gap-1 rounded-lg border p-3.5',
              index === next && 'border-accent bg-accent-soft/40',
            )}
          >
            <span className="flex items-center gap-2">
              <span
                className={cn(
                  'grid size-5.5 shrink-0 place-items-center rounded-full text-xs font-semibold',
                  step.done ? 'bg-positive-soft text-positive' : 'bg-sunken text-ink-soft dark:bg-raised',
                )}
              >
                {step.done ? <Check className="size-3.5" aria-label="Done" /> : index + 1}
              </span>
              <span className={cn('text-sm font-medium', step.done && 'text-ink-faint line-through')}>
                {step.title}
              </span>
            </span>
            <span className="text-ink-faint flex-1 text-xs">{step.text}</span>
            {!step.done && (
              <Link
                to={step.to}
                className={buttonClass(index === next ? 'primary' : 'secondary', 'sm', 'mt-1.5 self-start')}
              >
                {index === 3 ? 'Get the link' : 'Start'}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
