import { checkOption } from './check-option.ts';
import { readGlobal } from './environment.ts';

/** `http` or `https`, and neither a password, which `fetch` refuses, nor a query. */
const SERVICE = /^https?:\/\/[^/?#\s@]+(\/[^?#\s]*)?$/i;

/** The address of a service, without slashes at its end. @throws TypeError for what is none */
export const serviceUrl = (url: string): string => {
  checkOption(SERVICE.test(url) && readGlobal(() => new URL(url)), 'url', url, 'like https://state.example');
  return url.replace(/\/+$/, '');
};
