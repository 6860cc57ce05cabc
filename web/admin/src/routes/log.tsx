import { Page } from '@/components/page';
import { RoleGate } from '@/components/role-gate';
import { EmptyState } from '@/components/ui/empty-state';
import { isLogName, LOG_KINDS, type LogKind } from '@/features/logs/log-kinds';
import { LogView } from '@/features/logs/log-view';
import { getRouteApi } from '@tanstack/react-router';

const route = getRouteApi('/app/logs/$kind');

export default function LogPage() {
  const { kind: name } = route.useParams();
  const params = route.useSearch();
  const navigate = route.useNavigate();
  if (!isLogName(name)) {
    return (
      <Page title="Logs">
        <EmptyState title={`There is no log called “${name}”`}>
          There are clicks, landing clicks, conversions, postbacks, deliveries and dead letters.
        </EmptyState>
      </Page>
    );
  }
  // Each log has rows of its own type; the view only hands them back to the functions of the same kind.
  const kind = LOG_KINDS[name] as unknown as LogKind<unknown>;
  const view = (
    <LogView
      key={name}
      name={name}
      kind={kind}
      params={params}
      onChange={patch => void navigate({ search: prev => ({ ...prev, ...patch }), replace: true })}
    />
  );
  return (
    <Page title={kind.title} description={kind.description}>
      {name === 'dead_letters' ? <RoleGate page="/logs/dead_letters">{view}</RoleGate> : view}
    </Page>
  );
}
