import type { SavedView } from '@/api/types';
import { reportParams, type ReportParams } from '@/lib/params';
import { paramsOf } from '../report-state';

const KEYS = ['range', 'by', 'cols', 'f', 'h', 'tz', 'sort', 'bots', 'basis', 'compare', 'view'] as const;

/** Whether the report has been changed since it was opened from the view. */
export function isChanged(params: ReportParams, view: SavedView): boolean {
  const kept = reportParams.parse(paramsOf(view.query, view.display));
  return KEYS.some(key => {
    // Absent in the URL means the usual; a view writes it out.
    if ((key === 'cols' || key === 'sort') && params[key] === '') return false;
    return params[key] !== kept[key];
  });
}
