/** Puts the server's field errors where the fields are; what belongs to no field of the form comes back as one text. */
import { ApiError, messageOf } from '@/api/errors';

/** `streams[0].rules.all[1]` → `streams.0.rules.all.1`, as react-hook-form names it. */
export function formPath(field: string): string {
  return field.replace(/\[(\d+)\]/g, '.$1');
}

function has(values: unknown, path: string): boolean {
  let at: unknown = values;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(key in at)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return true;
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
    if (has(values, path)) fields.push({ path, message: sentence(problem.reason) });
    else rest.push(`${problem.field}: ${problem.reason}`);
  }
  if (error.code === 'version_mismatch' || (fields.length === 0 && rest.length === 0 && !claimed))
    rest.push(error.message);
  return { fields, rest: rest.length > 0 ? rest.join('; ') : null, claimed };
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
