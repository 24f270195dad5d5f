import type { ReactNode } from 'react';
import type { Control, Rejection } from './demo-client.ts';

interface RejectionNoteProps {
  readonly rejection: Rejection | undefined;
  readonly control: Control;
}

/** The reason why a change was not applied, beside the control that has pushed it. The page's log announces it. */
export const RejectionNote = ({ rejection, control }: RejectionNoteProps): ReactNode =>
  rejection?.control === control && <p className="rejection">{rejection.text}</p>;
