/**
 * A shared report as somebody without an account sees it: the figures of one report, and nothing of the admin around them. It never
 * names the workspace, never sends a cookie, and knows the password only until the page is closed.
 */
import { ApiError, messageOf } from '@/api/errors';
import { rangeBody } from '@/api/reports';
import { sharedReportQuery } from '@/api/shares';
import type { SharedReport as Shared } from '@/api/types';
import { Banner } from '@/components/ui/banner';
import { EmptyState } from '@/components/ui/empty-state';
import { Loading } from '@/components/ui/spinner';
import type { SharedParams } from '@/lib/params';
import { splitList } from '@/lib/search';
import { parseSort } from '@/lib/sort';
import { useQuery } from '@tanstack/react-query';
import { Unlink } from 'lucide-react';
import { useEffect, useState } from 'react';
import { PasswordForm } from './password-form';
import { PAGE_SIZE } from './shared-page';
import { SharedFrame } from './shared-frame';
import { SharedTable } from './shared-table';
import { SharedTools } from './shared-tools';

interface SharedReportProps {
  token: string;
  params: SharedParams;
  onChange: (patch: Partial<SharedParams>) => void;
}

function code(error: unknown): string | null {
  return error instanceof ApiError ? error.code : null;
}

export function SharedReport({ token, params, onChange }: SharedReportProps) {
  const [password, setPassword] = useState<string | null>(null);
  const by = splitList(params.by);
  const sort = params.sort ? parseSort(params.sort, { key: '', dir: 'desc' }) : null;
  const { data, error, isPlaceholderData } = useQuery(
    sharedReportQuery(token, {
      ...(password === null ? {} : { password }),
      ...(by.length > 0 ? { dimensions: by } : {}),
      ...(params.range ? { range: rangeBody(params.range) } : {}),
      ...(sort?.key ? { sort: [sort] } : {}),
      limit: PAGE_SIZE,
      offset: (params.page - 1) * PAGE_SIZE,
    }),
  );
  useEffect(() => {
    document.title = data?.name ?? 'Shared report';
  }, [data?.name]);
  useNoIndex();
  const titles = useTitles(data);
  if (code(error) === 'password_needed') {
    return (
      <SharedFrame title="This report needs a password">
        <PasswordForm wrong={password !== null} message={messageOf(error)} onSubmit={setPassword} />
      </SharedFrame>
    );
  }
  if (code(error) === 'not_found') {
    return (
      <SharedFrame title="Shared report">
        <EmptyState icon={<Unlink />} title="This link leads nowhere (any more)">
          It may have ended, or been copied only in part. Ask whoever sent it for a new one.
        </EmptyState>
      </SharedFrame>
    );
  }
  return (
    <SharedFrame
      title={data?.name ?? 'Shared report'}
      wide
      tools={
        data && <SharedTools shared={data} params={params} by={chosen(data, by)} titles={titles} onChange={onChange} />
      }
    >
      {error && (
        <Banner tone="error" title="The report could not be made" className="m-4">
          {messageOf(error)}
        </Banner>
      )}
      {data ? (
        <SharedTable shared={data} params={params} stale={isPlaceholderData} onChange={onChange} />
      ) : (
        !error && <Loading />
      )}
    </SharedFrame>
  );
}

/** Groupings that the reader sees: those asked for, all of them otherwise. */
function chosen(shared: Shared, by: readonly string[]): string[] {
  const fitting = by.filter(key => shared.dimensions.includes(key));
  return fitting.length > 0 ? fitting : shared.dimensions;
}

/** Names of groupings, also of those that are left out now; an answer has only its own. */
function useTitles(shared: Shared | undefined): ReadonlyMap<string, string> {
  const [titles, setTitles] = useState<ReadonlyMap<string, string>>(new Map());
  const fresh = (shared?.report.columns ?? []).filter(column => !titles.has(column.key));
  if (fresh.length > 0) setTitles(new Map([...titles, ...fresh.map(({ key, title }) => [key, title] as const)]));
  return titles;
}

/** Search engines are asked to leave the page out, should the link stand somewhere public. */
function useNoIndex() {
  useEffect(() => {
    const meta = document.createElement('meta');
    meta.name = 'robots';
    meta.content = 'noindex, nofollow';
    document.head.append(meta);
    return () => meta.remove();
  }, []);
}
