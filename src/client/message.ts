import type { Json } from '../protocol/json.ts';
import type { Ticket } from '../protocol/receipt.ts';
import type { Gone, Pending, QueueNews } from './pending.ts';
import type { Peers } from './presence.ts';
import type { Confirmed, Sighting } from './sighting.ts';
import type { Link } from './status.ts';
import type { Told } from './verdict.ts';

/** All that changes what a client shows. What one tab learns, it tells the others in the same words. */
export type Message =
  | { readonly type: 'seen'; readonly sighting: Sighting }
  /** Pushed, by this tab or another one; stored already when it has a key. */
  | { readonly type: 'added'; readonly entry: Pending }
  | {
      readonly type: 'queue';
      readonly news: QueueNews;
      readonly told: readonly Told[];
      readonly gone: readonly Gone[];
    }
  /** Outcomes that came by themselves. */
  | { readonly type: 'outcomes'; readonly tickets: readonly Ticket[] }
  | { readonly type: 'link'; readonly link: Link }
  | { readonly type: 'peers'; readonly peers: Peers };

/** What tabs say to each other besides. */
export type TabMessage =
  | Message
  /** A tab has opened and knows nothing. */
  | { readonly type: 'hello' }
  /** The leader's answer, and what a new leader begins with. `hidden`: one that is looked at may take over. */
  | {
      readonly type: 'whole';
      readonly confirmed: Confirmed | undefined;
      readonly news: QueueNews;
      readonly link: Link;
      readonly peers: Peers;
      readonly visibility: 'visible' | 'hidden';
    }
  /** A tab is looked at, and browsers slow down the timers of those that are not. */
  | { readonly type: 'looking' }
  | { readonly type: 'present'; readonly data: Json; readonly ttl: number };
