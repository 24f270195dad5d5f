import { exports } from 'cloudflare:workers';
import { compareAnswer } from './described-answers.ts';

const self = exports as unknown as { default: { fetch(url: string, init?: RequestInit): Promise<Response> } };

/** Asks the Worker under test, in this very isolate. The answer is compared with `/openapi.json`. */
export const fetchWorker = async (url: string, init?: RequestInit): Promise<Response> => {
  const response = await self.default.fetch(url, init);
  await compareAnswer(init?.method ?? 'GET', url, response);
  return response;
};
