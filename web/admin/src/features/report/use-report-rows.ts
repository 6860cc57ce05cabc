import { reportQuery } from '@/api/reports';
import type { Report, ReportQuery, ReportRow } from '@/api/types';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { flatQuery, levelQuery, type ReportState, type RowPath } from './report-state';

/** A line of the report's table: a row, or a note under an opened one. */
export interface Line {
  id: string;
  depth: number;
  path: RowPath;
  row: ReportRow | null;
  /** Instead of a row: "loading", or how many more there are. */
  note: string | null;
  open: boolean | null;
}

function idOf(path: RowPath): string {
  return path.map(step => `${step.dimension}=${step.id}`).join('&');
}

export interface ReportRows {
  report: Report | undefined;
  lines: Line[];
  error: unknown;
  stale: boolean;
  /** What is being asked at the moment. */
  asking: ReportQuery | null;
  toggle: (path: RowPath) => void;
  /** Opens a row that is about to have an inside. */
  open: (path: RowPath) => void;
}

/** Rows of the flat report, or of the tree with whatever is opened in it. */
export function useReportRows(state: ReportState, refreshMs: number | undefined): ReportRows {
  const [opened, setOpened] = useState<RowPath[]>([]);
  const tree = state.params.view === 'tree';
  const valid = opened.filter(
    path =>
      path.length < state.dimensions.length && path.every((step, level) => state.dimensions[level] === step.dimension),
  );
  const body = tree ? levelQuery(state, []) : flatQuery(state);
  const top = useQuery(reportQuery(body, refreshMs));
  const inner = useQueries({
    queries: (tree ? valid : []).map(path => ({ ...reportQuery(levelQuery(state, path)), placeholderData: undefined })),
  });
  const children = new Map(valid.map((path, index) => [idOf(path), inner[index]]));
  const toggle = (path: RowPath) => {
    const id = idOf(path);
    setOpened(valid.some(other => idOf(other) === id) ? valid.filter(other => idOf(other) !== id) : [...valid, path]);
  };
  const open = (path: RowPath) => setOpened([...valid.filter(other => idOf(other) !== idOf(path)), path]);
  const flat = (row: ReportRow): Line => {
    const path = state.dimensions.map(dimension => ({ dimension, id: row.keys[dimension]?.id ?? '' }));
    return { id: idOf(path), depth: 0, path, row, note: null, open: null };
  };
  const linesOf = (report: Report, outer: RowPath): Line[] => {
    const dimension = state.dimensions[outer.length];
    if (!dimension) return [];
    const lines = report.rows.flatMap(row => {
      const path = [...outer, { dimension, id: row.keys[dimension]?.id ?? '' }];
      const leaf = path.length >= state.dimensions.length;
      const child = children.get(idOf(path));
      const line: Line = {
        id: idOf(path),
        depth: outer.length,
        path,
        row,
        note: null,
        open: leaf ? null : child !== undefined,
      };
      if (!child) return [line];
      const note = (text: string): Line => ({
        ...line,
        id: `${line.id}&note`,
        depth: path.length,
        row: null,
        note: text,
        open: null,
      });
      if (child.error) return [line, note('could not be loaded')];
      return child.data ? [line, ...linesOf(child.data, path)] : [line, note('Loading…')];
    });
    const more = outer.length > 0 ? report.total_rows - report.rows.length : 0;
    if (more <= 0) return lines;
    return [
      ...lines,
      {
        id: `${idOf(outer)}&more`,
        depth: outer.length,
        path: outer,
        row: null,
        note: `${more} more not shown`,
        open: null,
      },
    ];
  };
  const lines = top.data ? (tree && state.dimensions.length > 0 ? linesOf(top.data, []) : top.data.rows.map(flat)) : [];
  // A report that is only refreshed keeps its figures meanwhile.
  const asking = top.isPending || top.isPlaceholderData ? body : null;
  return { report: top.data, lines, error: top.error, stale: top.isPlaceholderData, asking, toggle, open };
}
