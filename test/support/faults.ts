/** A fault at the k-th SQL statement from now on: it throws, or the object dies there. */
export type Fault = { readonly kind: 'throw' | 'die'; readonly at: number };

let fault: Fault | undefined;
let statements = 0;
let happened = 0;

/** Counts statements from zero again; without a fault it only counts. */
export const inject = (next: Fault | undefined): void => {
  fault = next;
  statements = 0;
};

export const statementsSeen = (): number => statements;
export const faultsHappened = (): number => happened;

/** Puts the fault between an object and its SQLite. */
export const instrument = (ctx: DurableObjectState): void => {
  const { sql } = ctx.storage;
  const exec = sql.exec.bind(sql);
  Object.defineProperty(sql, 'exec', {
    value: (statement: string, ...bindings: unknown[]) => {
      statements += 1;
      if (fault !== undefined && statements === fault.at) {
        happened += 1;
        const { kind } = fault;
        fault = undefined;
        if (kind === 'die') ctx.abort('a fault that a test injected');
        throw new Error('a fault that a test injected');
      }
      return exec(statement, ...bindings);
    },
  });
};

type MarkFault = `${'before' | 'after'} ${'read' | 'set' | 'clear'}`;
const markFaults: MarkFault[] = [];

/** Lets the directory fail at the next steps of this kind, before or after it has done them: its caller then ends, too. */
export const failMarks = (...faults: readonly MarkFault[]): void => {
  markFaults.splice(0, markFaults.length, ...faults);
};

/** How many of these faults have not happened. */
export const marksLeft = (): number => markFaults.length;

export const failMark = (kind: 'read' | 'set' | 'clear', when: 'before' | 'after'): void => {
  const index = markFaults.indexOf(`${when} ${kind}`);
  if (index === -1) return;
  markFaults.splice(index, 1);
  throw new Error('a fault that a test injected');
};
