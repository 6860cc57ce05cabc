import { costPreviewQuery } from '@/api/costs';
import type { CostCorrectionInput, CostPreview } from '@/api/types';
import { useDebounced } from '@/lib/use-debounced';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

const QUIET_MS = 350;
const AMOUNT = /^\d+(\.\d{1,9})?$/;

export interface Preview {
  /** What the form as it stands would change; absent while that is not known. */
  data: CostPreview | undefined;
  error: unknown;
  loading: boolean;
}

/** Asks what a correction would change, whenever its form has been quiet for a moment. */
export function useCostPreview(input: CostCorrectionInput): Preview {
  // A note changes nothing, and is not asked about.
  const text = JSON.stringify({ ...input, note: '' });
  const settled = useDebounced(text, QUIET_MS);
  const enabled = AMOUNT.test(input.amount);
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    ...costPreviewQuery(JSON.parse(settled) as CostCorrectionInput),
    placeholderData: keepPreviousData,
    enabled: enabled && settled === text,
  });
  const current = enabled && settled === text && !isPlaceholderData;
  return {
    data: current ? data : undefined,
    error: current ? error : null,
    loading: enabled && (isFetching || settled !== text),
  };
}
