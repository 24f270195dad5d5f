import { openBoard } from './board-client.ts';
import { BoardView } from './board-view.tsx';
import { useClient } from './use-client.ts';

/** What a user sees who is signed in. */
export const TeamPage = ({ user }: { readonly user: string }) => {
  const client = useClient(openBoard, user);
  return client && <BoardView client={client} />;
};
