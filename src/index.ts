import { document } from './applications/document.ts';
import { infoBoxes } from './applications/info-boxes.ts';
import { todos } from './applications/todos.ts';
import { changebucket } from './server/changebucket.ts';

const { worker, Application, Directory } = changebucket([document, infoBoxes, todos]);

export { Application, Directory };
export default worker;
