import { checkOption } from '../platform/check-option.ts';
import type { TransportMode } from './live-transports.ts';

/** The transports that are polls. */
export const POLLS: readonly TransportMode[] = ['poll', 'long-poll'];

/** @param known those of this client. @throws TypeError for another one */
export const checkTransport = (
  { transport = 'poll' }: { readonly transport?: TransportMode | undefined },
  known: readonly TransportMode[] = POLLS,
): void => checkOption(known.includes(transport), 'transport', transport, known.join(', '));
