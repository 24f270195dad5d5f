import { Agent, type Connection, routeAgentRequest } from 'agents';
import { firstItems } from '../items.ts';

interface Board {
  readonly items: ReturnType<typeof firstItems>;
}

/** The state is set whole, as the SDK does it: written to SQLite and sent to everybody. */
export class Party extends Agent<unknown, Board> {
  override initialState: Board = { items: firstItems() };

  override onMessage(_: Connection, message: string): void {
    const { item, value } = JSON.parse(message) as { item: string; value: number };
    const { items } = this.state;
    const before = items[item];
    if (before !== undefined) this.setState({ items: { ...items, [item]: { ...before, value } } });
  }
}

export default {
  fetch: async (request: Request, env: Record<string, unknown>): Promise<Response> =>
    (await routeAgentRequest(request, env)) ?? new Response('nothing here', { status: 404 }),
};
