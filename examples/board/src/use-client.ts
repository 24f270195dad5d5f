import { useEffect, useState } from 'react';

/**
 * Opens a client for as long as a component is shown to a user.
 *
 * @param open makes the client; the same function in every render
 * @returns undefined in the first render
 */
export const useClient = <Client extends { close(): void }>(
  open: (user: string) => Client,
  user: string,
): Client | undefined => {
  const [client, setClient] = useState<Client>();
  useEffect(() => {
    const opened = open(user);
    setClient(opened);
    return () => opened.close();
  }, [open, user]);
  return client;
};
