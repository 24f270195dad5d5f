import { UNAUTHENTICATED_SOCKETS_MAX } from '../../../protocol/limits.ts';

/** The sockets of this isolate that wait for a token, the oldest first. Each function ends the wait of one. */
const slots = new Set<() => void>();

/**
 * Takes a slot among the sockets that wait for a token. When all are taken, the oldest one loses its slot: sockets
 * that say nothing keep nobody out.
 *
 * @param evict called when the slot is lost, from another request
 * @returns frees the slot
 */
export const takeSlot = (evict: () => void): (() => void) => {
  const [oldest] = slots;
  if (oldest !== undefined && slots.size >= UNAUTHENTICATED_SOCKETS_MAX) {
    slots.delete(oldest);
    oldest();
  }
  slots.add(evict);
  return () => slots.delete(evict);
};
