import { exports } from 'cloudflare:workers';

const self = exports as unknown as { default: { fetch(url: string, init?: RequestInit): Promise<Response> } };

/** Asks the Worker under test, in this very isolate. */
export const fetchWorker = (url: string, init?: RequestInit): Promise<Response> => self.default.fetch(url, init);
