import type { Circle } from './circle.ts';
import { byId, setText } from './element.ts';
import { nameOf } from './problem.ts';

/** Problems that another token may solve. To strangers an application that is not theirs does not exist [A3]. */
const ASK_FOR_TOKEN = ['unauthorized', 'not-configured', 'forbidden', 'unknown-application'];

export const listenToToken = (use: (token: string) => void): void => {
  byId('token-form').onsubmit = (event) => {
    const field = byId<HTMLInputElement>('token');
    event.preventDefault();
    // A header takes no other characters: with one of them every request would fail here in the browser.
    use(field.value.replace(/[^!-~]/g, ''));
    field.value = '';
  };
};

/** Whether the loops get answers, and what is wrong when they do not. */
export const showAccess = ({ poll, push, seen }: Circle): void => {
  const problem = poll.problem ?? push.problem;
  const link = problem ? 'trouble' : seen ? 'live' : 'connecting';
  document.body.dataset['link'] = link;
  setText('link', link);
  byId('trouble').hidden = !problem;
  if (!problem) return;
  setText('trouble-title', problem.title);
  setText('trouble-detail', problem.detail);
  byId('token-form').hidden = !ASK_FOR_TOKEN.includes(nameOf(problem));
};
