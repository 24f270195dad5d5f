import { type BuiltDefinition, DefinitionCheck } from './definition-check.ts';
import type { TransportMode } from './live-transports.ts';
import { Poller } from './poller.ts';
import type { Transport, TransportContext } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

/** The options of `selectTransport`. */
export interface SelectTransportOptions {
  readonly transport?: TransportMode;
  readonly interval?: number;
  readonly maxLag?: number | undefined;
  /** The definition of the page, to be compared with the server's; undefined: no comparison. */
  readonly definition?: BuiltDefinition;
}

/** Polls alone. */
export const pollTransport =
  (options: SelectTransportOptions) =>
  (context: TransportContext): Transport =>
    new Poller(checkedContext(context, options), options);

/** The surroundings of a transport that also checks the definition. */
export const checkedContext = (
  context: TransportContext,
  { definition }: Pick<SelectTransportOptions, 'definition'>,
): TransportContext =>
  definition === undefined ? context : { ...context, listener: withDefinitionCheck(context, definition) };

/** A listener that also checks the definition, with every answer. */
const withDefinitionCheck = (context: TransportContext, definition: BuiltDefinition): TransportListener => {
  const { listener } = context;
  const check = new DefinitionCheck(context, definition);
  const epoch = (): string | undefined => listener.confirmed()?.epoch;
  return {
    ...listener,
    onUpdate: (update) => {
      const result = listener.onUpdate(update);
      check.onAnswer(update.epoch);
      return result;
    },
    onPosition: (position) => {
      listener.onPosition(position);
      check.onAnswer(position?.epoch, position?.definition);
    },
    onReachable: () => {
      listener.onReachable();
      check.onAnswer(epoch());
    },
    onDefinition: (version) => check.onAnswer(epoch(), version),
  };
};
