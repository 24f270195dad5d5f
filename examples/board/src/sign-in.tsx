import { type SubmitEvent, useState } from 'react';
import { signIn } from './session.ts';

/** The demo's login: a name and no password. Put your identity provider's here. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const [problem, setProblem] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    signIn(name).then(onSignedIn, (error: Error) => setProblem(error.message));
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <h1>Board</h1>
      <label>
        Your name <input name="name" required maxLength={40} autoComplete="username" />
      </label>
      <button type="submit">Sign in</button>
      {problem !== '' && <p role="alert">{problem}</p>}
    </form>
  );
};
