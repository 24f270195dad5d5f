import { changebucket } from 'changebucket/server';
import { SHARED } from '../src/applications.ts';
import { answerAuth, type Env } from './auth.ts';

const { worker, Application, Directory } = changebucket([...new Set(SHARED.map(({ definition }) => definition))]);

// The classes of the two bindings in wrangler.jsonc.
export { Application, Directory };

export default {
  fetch: (request, env, ctx) =>
    new URL(request.url).pathname.startsWith('/auth/') ? answerAuth(request, env) : worker.fetch(request, env, ctx),
} satisfies ExportedHandler<Env>;
