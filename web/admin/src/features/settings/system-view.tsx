import { instanceQuery } from '@/api/instance';
import { Badge, type BadgeTone } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { CopyField } from '@/components/ui/copy-field';
import { useSuspenseQuery } from '@tanstack/react-query';

const TONES: Record<string, BadgeTone> = { ready: 'positive', unavailable: 'negative', absent: 'neutral' };

const NAMES: Record<string, string> = {
  catalog: 'Configuration and state',
  warehouse: 'Reports and logs',
  geo: 'Geography of addresses',
};

export function SystemView() {
  const { data } = useSuspenseQuery({ ...instanceQuery, refetchInterval: 10_000 });
  const urls = [
    ['Campaign links', data.urls.traffic],
    ['Postbacks', data.urls.postback],
    ['Admin and API', data.urls.admin],
  ] as const;
  return (
    <div className="grid gap-4">
      <Card title="Health" hint="Asked for every ten seconds">
        <ul className="divide-line divide-y">
          {data.parts.map(part => (
            <li key={part.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5 first:pt-0 last:pb-0">
              <span className="w-48 text-sm font-medium">{NAMES[part.name] ?? part.name}</span>
              <Badge tone={TONES[part.state] ?? 'neutral'} dot>
                {part.state}
              </Badge>
              <span className="text-ink-faint text-sm">{part.detail}</span>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Addresses" hint="Under which this instance is reached; set in its configuration">
        <dl className="grid gap-3">
          {urls.map(([label, url]) => (
            <div key={label} className="grid items-center gap-1 sm:grid-cols-[9rem_1fr]">
              <dt className="text-ink-faint text-sm">{label}</dt>
              <dd className="min-w-0">
                <CopyField value={url} label={`address of ${label.toLowerCase()}`} />
              </dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title="About">
        <p className="text-sm">Signalbox {data.version}</p>
        {data.geo.attribution && (
          <p className="text-ink-faint mt-1 text-sm">
            <a href={data.geo.attribution.url} target="_blank" rel="noreferrer" className="underline">
              {data.geo.attribution.text}
            </a>{' '}
            ({data.geo.attribution.license})
          </p>
        )}
      </Card>
    </div>
  );
}
