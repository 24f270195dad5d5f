import { document } from '../../src/applications/document.ts';
import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import { changebucket } from '../../src/server/changebucket.ts';
import { counter, debug } from './definitions.ts';

// The product with two kinds more: one that misbehaves on request, one whose definition can be "deployed" anew.

const { worker, Application, Directory } = changebucket([document, infoBoxes, todos, debug, counter]);

export { Application, Directory };
export default worker;
