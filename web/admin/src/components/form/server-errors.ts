/** Puts the server's field errors where the fields are; what belongs to no field of the form comes back as one text. */
import { ApiError, messageOf } from '@/api/errors';

/** `streams[0].rules.all[1]` → `streams.0.rules.all.1`, as react-hook-form names it. */
export function formPath(field: string): string {
  return field.replace(/\[(\d+)\]/g, '.$1');
}

/** What the form holds at a path; `undefined` when it has no such field. */
function valueAt(values: unknown, path: string): unknown {
  let at: unknown = values;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(key in at)) return undefined;
    at = (at as Record<string, unknown>)[key] ?? null;
  }
  return at;
}

/** Whether a value is shown as fields of its own, so that nothing stands at its own path. */
function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field of a group whose text the server quotes: of a value with variants it knows no more than where the whole begins. */
function quotedIn(group: Record<string, unknown>, reason: string): string | undefined {
  return Object.keys(group).find(key => {
    const text = group[key];
    return typeof text === 'string' && text.trim() !== '' && reason.includes(JSON.stringify(text.trim()));
  });
}

export interface PlacedErrors {
  fields: { path: string; message: string }[];
  rest: string | null;
  /** Whether there are problems that another part of the form shows. */
  claimed: boolean;
}

export function placeErrors(
  error: unknown,
  values: unknown,
  claims: (path: string) => boolean = () => false,
): PlacedErrors {
  if (!(error instanceof ApiError) || error.fields.length === 0)
    return { fields: [], rest: messageOf(error), claimed: false };
  const fields: PlacedErrors['fields'] = [];
  const rest: string[] = [];
  let claimed = false;
  for (const problem of error.fields) {
    if (claims(problem.field)) {
      claimed = true;
      continue;
    }
    const path = formPath(problem.field);
    const value = valueAt(values, path);
    const key = isGroup(value) ? quotedIn(value, problem.reason) : undefined;
    if (value !== undefined)
      fields.push({ path: key === undefined ? path : `${path}.${key}`, message: sentence(problem.reason) });
    // No field need be there to show what is wrong with a group.
    if (value === undefined || (isGroup(value) && key === undefined)) rest.push(`${problem.field}: ${problem.reason}`);
  }
  if (error.code === 'version_mismatch' || (fields.length === 0 && rest.length === 0 && !claimed))
    rest.push(error.message);
  return { fields, rest: rest.length > 0 ? rest.join('; ') : null, claimed };
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
