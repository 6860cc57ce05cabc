import type { ConversionStatus } from '@/api/types';
import type { ApiForm } from '@/components/form/use-api-form';
import { useEffect } from 'react';
import { PLATFORMS } from './conversion-api-values';
import type { OutputValues } from './output-values';

/** Statuses that some platform has a usual event for. */
const STATUSES = [...new Set(Object.values(PLATFORMS).flatMap(it => Object.keys(it.usual)))] as ConversionStatus[];
const ADDRESSES = new Set(['', ...Object.values(PLATFORMS).map(it => it.url)]);

/** When another platform is chosen: its address and usual events, where nothing of the person's own stands. */
export function useTarget(form: ApiForm<OutputValues>) {
  const { watch, setValue } = form;
  useEffect(() => {
    const watching = watch((values, { name }) => {
      const { target, url = '', conversion_api: api } = values;
      if (name !== 'target' || !target) return;
      const info = target === 'url' ? null : PLATFORMS[target];
      if (ADDRESSES.has(url)) setValue('url', info?.url ?? '', { shouldDirty: true });
      const typed = Object.values(api?.events ?? {});
      const usual = Object.values(PLATFORMS).flatMap(it => Object.values(it.usual));
      if (!typed.every(event => !event || usual.includes(event))) return;
      for (const status of STATUSES)
        setValue(`conversion_api.events.${status}`, info?.usual[status] ?? '', { shouldDirty: true });
    });
    return () => watching.unsubscribe();
  }, [watch, setValue]);
}
