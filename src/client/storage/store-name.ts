/**
 * A name of one application and subject. Without tokens it is that of the application alone, as in earlier versions, which
 * stored everything there: a subject never gets to see that. `#` is in no application's name.
 */
export const withSubject = (name: string, subject = ''): string =>
  subject === '' ? name : `${name}#${encodeURIComponent(subject)}`;
