import { document } from '../../src/applications/document.ts';
import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import { changebucket } from '../../src/server/changebucket.ts';
import { counter, debug, hooks } from './definitions.ts';
import { instrument } from './faults.ts';

// The product with two kinds more: one that misbehaves on request, one whose definition can be "deployed" anew.

const { worker, Application: Base, Directory } = changebucket([document, infoBoxes, todos, debug, counter]);

export class Application extends Base {
  constructor(...args: ConstructorParameters<typeof Base>) {
    instrument(args[0]);
    super(...args);
    hooks.lives += 1;
    hooks.kill = () => {
      hooks.kills += 1;
      this.ctx.abort('killed by a test');
    };
  }
}

export { Directory };
export default worker;
