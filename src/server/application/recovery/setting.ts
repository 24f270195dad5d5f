import { type Problem, problem } from '../../../protocol/problems.ts';

/** The variable of a deployment that lets the platform bring applications back [L19]. */
export interface RecoveryEnvironment {
  /** `on`: each new instance asks its owner's directory whether it was recovered. `off` by default. */
  readonly PLATFORM_RECOVERY?: string;
}

/** Whether new instances ask. A value that is wrong is taken for `on`: a mark may be waiting. */
export const isRecoveryOn = ({ PLATFORM_RECOVERY }: RecoveryEnvironment): boolean =>
  PLATFORM_RECOVERY !== undefined && PLATFORM_RECOVERY !== '' && PLATFORM_RECOVERY !== 'off';

/** The reason why the deployment does not let an application be recovered. */
export const refuseRecovery = (environment: RecoveryEnvironment): Problem | undefined => {
  if (!isRecoveryOn(environment))
    return problem('recovery-unavailable', 'This deployment does not have the setting PLATFORM_RECOVERY=on.');
  if (environment.PLATFORM_RECOVERY === 'on') return undefined;
  return problem('not-configured', 'PLATFORM_RECOVERY is on or off.');
};
