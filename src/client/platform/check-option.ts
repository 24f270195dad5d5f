/**
 * Refuses an option that would show later only, as a server that cannot be reached or as a change that is refused.
 *
 * @param form what it must be
 * @throws TypeError that names the option, its value and the form
 */
export const checkOption = (isFine: unknown, name: string, value: unknown, form: string): void => {
  if (!isFine) throw new TypeError(`${name} is "${value}": it must be ${form}`);
};
