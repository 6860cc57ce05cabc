/** What the server says when it refuses (RFC 9457), as one error class with everything a form or a toast needs. */

export interface FieldProblem {
  field: string;
  reason: string;
}

export interface UsedBy {
  kind: string;
  id: string;
  name: string;
}

interface ProblemBody {
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  errors?: FieldProblem[];
  request_id?: string;
  used_by?: UsedBy[];
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly usedBy: UsedBy[];
  readonly requestId: string | undefined;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.fields = body.errors ?? [];
    this.usedBy = body.used_by ?? [];
    this.requestId = body.request_id;
  }
}

/** Turns any failed answer into an error; an answer that is no problem document still gets a sentence. */
export async function errorOf(response: Response): Promise<ApiError> {
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    try {
      return new ApiError(response.status, (await response.json()) as ProblemBody);
    } catch {
      return new ApiError(response.status, {});
    }
  }
  if (response.status === 502 || response.status === 503 || response.status === 504) {
    return new ApiError(response.status, {
      code: 'unavailable',
      detail: 'The server cannot answer right now. Try again in a moment.',
    });
  }
  return new ApiError(response.status, {});
}

/** One sentence for a person about any error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return 'The server cannot be reached. Check that Signalbox is running.';
  return error instanceof Error ? error.message : String(error);
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}
