import { treeChange } from '../core/change.ts';
import { createDefinition } from '../core/create-definition.ts';
import { ProblemError, throwProblem } from '../core/json/problem-error.ts';
import { applyPatch } from '../core/patch/json-patch.ts';
import { applyMergePatch } from '../core/patch/merge-patch.ts';
import { checkPatch } from '../core/patch/patch-syntax.ts';
import { applyRevert } from '../core/patch/revert.ts';
import { areRevertSteps } from '../core/patch/revert-syntax.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';

/**
 * Any JSON, changed by merge patches (RFC 7396) and JSON Patches (RFC 6902): needs no schema and no code. `revert` is for
 * clients that undo a change [D13].
 */
export const document = createDefinition(
  { name: 'document', version: 1, initial: {} as Json },
  {
    merge: treeChange(() => undefined, applyMergePatch),
    patch: treeChange(
      (args) => {
        const checked = checkPatch(args);
        return checked.kind === 'patch' ? undefined : checked.problem.detail;
      },
      (tree, args) => {
        applyPatch(tree, operationsOf(args));
      },
    ),
    revert: treeChange(
      (args) => (areRevertSteps(args) ? undefined : NO_REVERT),
      (tree, args) => {
        applyRevert(tree, areRevertSteps(args) ? args : throwProblem('invalid-args', NO_REVERT));
      },
    ),
  },
);

const NO_REVERT = 'These are not the steps of a revert.';

/** Checks the syntax: on accept only a patch pushed as `application/json-patch+json` was checked, no named change. */
const operationsOf = (args: Json): readonly PatchOperation[] => {
  const checked = checkPatch(args);
  if (checked.kind === 'problem') throw new ProblemError(checked.problem);
  return checked.operations;
};
