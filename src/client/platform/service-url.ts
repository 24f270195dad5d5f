import { checkOption } from './check-option.ts';
import { globals, readGlobal } from './environment.ts';

/** `http` or `https`, and neither a password, which `fetch` refuses, nor a query. */
const SERVICE = /^https?:\/\/[^/?#\s@]+(\/[^?#\s]*)?$/i;

/** A path of the page's own origin: empty, or with one slash at the beginning. */
const PATH = /^(\/(?!\/)|$)/;

/** The address of a service, without slashes at its end; a path is one of the page's own origin. @throws TypeError for what is none */
export const serviceUrl = (url: string): string => {
  const address = PATH.test(url) ? (readGlobal(() => globals.location?.origin) ?? '') + url : url;
  checkOption(SERVICE.test(address) && readGlobal(() => new URL(address)), 'url', url, 'like https://state.example');
  return address.replace(/\/+$/, '');
};
