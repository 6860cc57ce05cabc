import { api, take } from './client';
import type { LogParams } from './logs';
import type { components } from './schema';

export type DeadLetterRetry = components['schemas']['DeadLetterRetry'];
export type DeadLettersRetried = components['schemas']['DeadLettersRetried'];

/** Letters that one request tries again. */
const AT_ONCE = 25;

export const findDeadLetters = (query: LogParams) => take(api.GET('/api/v1/logs/dead_letters', { params: { query } }));

const retry = (body: DeadLetterRetry) => take(api.POST('/api/v1/logs/dead_letters/retry', { body }));

type Wish = Pick<DeadLetterRetry, 'from' | 'to' | 'filters'>;

/** Tries named letters again, or all that a log shows, a few at a time; `onStep` is told how far it is. */
export async function retryDeadLetters(
  wish: readonly string[] | Wish,
  onStep: (so: DeadLettersRetried) => void,
): Promise<DeadLettersRetried> {
  let sum: DeadLettersRetried = { written: 0, failed: 0, skipped: 0, next_cursor: null };
  const step = async (body: DeadLetterRetry) => {
    const { written, failed, skipped, next_cursor } = await retry(body);
    sum = {
      written: sum.written + written,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
      next_cursor,
    };
    onStep(sum);
    return next_cursor;
  };
  if ('length' in wish) {
    for (let at = 0; at < wish.length; at += AT_ONCE) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that the server has one at a time
      await step({ ids: wish.slice(at, at + AT_ONCE) });
    }
    return sum;
  }
  let cursor: string | null = null;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each answer names the next one
    cursor = await step({ ...wish, ...(cursor ? { cursor } : {}) });
  } while (cursor);
  return sum;
}
