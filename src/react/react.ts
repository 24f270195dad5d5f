// The public API for React.

export { useApplication } from './use-application.ts';
export { usePresence } from './use-presence.ts';
export { usePush } from './use-push.ts';
export { type Pending, usePending, useStatus } from './use-status.ts';
export { type Undo, useUndo } from './use-undo.ts';
