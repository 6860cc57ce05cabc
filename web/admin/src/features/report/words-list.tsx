import type { ReactNode } from 'react';
import type { ReportWords } from './report-words';

/** What a report is, line by line. */
export function WordsList({ words, note }: { words: ReportWords; note?: ReactNode }) {
  const filters = words.filters.map(text => <span key={text}>{text}</span>);
  const lines: { term: string; text: ReactNode }[] = [
    { term: 'Rows', text: words.rows },
    { term: 'Columns', text: words.columns },
    { term: 'Range', text: words.range },
    { term: 'Filters', text: filters.length > 0 ? <span className="grid">{filters}</span> : 'None' },
    { term: 'Counted', text: `${words.bots}. ${words.basis}.` },
  ];
  return (
    <div className="bg-sunken border-line rounded-lg border px-3.5 py-3">
      <dl className="grid gap-y-1 text-sm">
        {lines.map(({ term, text }) => (
          <div key={term} className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3">
            <dt className="text-ink-faint text-xs leading-5">{term}</dt>
            <dd className="min-w-0 break-words">{text}</dd>
          </div>
        ))}
      </dl>
      {note && <p className="text-ink-faint mt-2 text-xs">{note}</p>}
    </div>
  );
}
