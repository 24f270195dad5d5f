import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Environment } from '../../src/server/http/request/environment.ts';
import type { Answer } from './api.ts';
import worker from './worker.ts';

/** The environment that the tests run in. */
export const configured = env as unknown as Environment;
export const SECRET = configured.AUTH_SECRET as string;

/** The environment without some of its variables. */
export const without = (...names: (keyof Environment)[]): Environment =>
  Object.fromEntries(
    Object.entries(configured).filter(([name]) => !names.includes(name as keyof Environment)),
  ) as unknown as Environment;

/** Calls the Worker, without the platform's HTTP parser, in an environment that inherits nothing. */
export const askOnly = async (environment: Environment, url: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await worker.fetch(new Request(url, init), environment, createExecutionContext());
  // Not text(): the runtime warns of it where the type is NDJSON.
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const isJson = /[/+]json/.test(response.headers.get('Content-Type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
};

/** Calls the Worker in the tests' environment with some variables changed. A path is one of the usual host. */
export const askIn = (changed: Partial<Environment>, url: string, init: RequestInit = {}): Promise<Answer> =>
  askOnly({ ...configured, ...changed }, url.startsWith('/') ? `https://changebucket.test${url}` : url, init);
