import { useCallback, useEffect, useState } from 'react';
import { fetchSession, signOut } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { TeamPage } from './team-page.tsx';

/** `undefined` until it is known who is signed in; `null` when nobody is. */
type User = string | null | undefined;

export const App = () => {
  const [user, setUser] = useState<User>();
  const [problem, setProblem] = useState('');
  const ask = useCallback(() => {
    fetchSession().then(
      (session) => setUser(session?.user ?? null),
      (error: unknown) => setProblem(String(error)),
    );
  }, []);
  useEffect(ask, [ask]);

  if (problem !== '') return <p role="alert">{problem}</p>;
  if (user === undefined) return <p>Loading …</p>;
  if (user === null) return <SignIn onSignedIn={ask} />;
  return (
    <>
      <nav>
        <span>{user}</span>
        <button type="button" onClick={() => void signOut().then(ask)}>
          Sign out
        </button>
      </nav>
      <TeamPage user={user} />
    </>
  );
};
