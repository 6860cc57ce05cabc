import { api, take } from './client';
import type { components } from './schema';

export type ResendInput = components['schemas']['ResendInput'];

/** Sends deliveries again: those named, or all that an output has given up. */
export const resendDeliveries = (body: ResendInput) => take(api.POST('/api/v1/deliveries/resend', { body }));
