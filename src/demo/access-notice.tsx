import type { ReactNode, SyntheticEvent } from 'react';
import { type Access, createApplications, saveToken } from './access.ts';

interface AccessNoticeProps {
  readonly problem: Extract<Access, { readonly kind: 'problem' }>;
}

/** The reason why the page does not work, and a form for a token where that is the cure. */
export const AccessNotice = ({ problem: { detail, cure } }: AccessNoticeProps): ReactNode => (
  <div className="problem" role="alert">
    <p>{detail}</p>
    {cure === 'token' ? <TokenForm /> : <RetryButton />}
  </div>
);

const TokenForm = (): ReactNode => {
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    saveToken(String(new FormData(event.currentTarget).get('token')));
    void createApplications();
  };
  return (
    <>
      <form onSubmit={submit}>
        <label htmlFor="token">Bearer token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} required />
        <button type="submit" className="action">
          Use token
        </button>
      </form>
      <p className="hint">
        <code>npm run token -- --sub demo</code> prints a token for this page. It is kept in this tab only.
      </p>
    </>
  );
};

const RetryButton = (): ReactNode => (
  <button type="button" className="action" onClick={() => void createApplications()}>
    Try again
  </button>
);
