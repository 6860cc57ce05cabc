/** Server problems by path, for editors whose parts are not plain form fields. */
import type { FieldProblem } from '@/api/errors';
import { createContext, useContext } from 'react';

export const ProblemsContext = createContext<FieldProblem[]>([]);

/** Reasons of the problems exactly at `path`, or with `deep` also below it. */
export function problemsAt(problems: readonly FieldProblem[], path: string, deep = false): string[] {
  return problems
    .filter(({ field }) => field === path || (deep && (field.startsWith(`${path}.`) || field.startsWith(`${path}[`))))
    .map(({ reason }) => reason);
}

export function useProblems(path: string, deep = false): string[] {
  return problemsAt(useContext(ProblemsContext), path, deep);
}

export function Problems({ path, deep = false }: { path: string; deep?: boolean }) {
  const reasons = useProblems(path, deep);
  if (reasons.length === 0) return null;
  return (
    <p role="alert" className="text-negative text-xs">
      {reasons.map(reason => reason.charAt(0).toUpperCase() + reason.slice(1)).join(' · ')}
    </p>
  );
}
