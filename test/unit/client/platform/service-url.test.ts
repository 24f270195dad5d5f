import { afterEach, describe, expect, it, vi } from 'vitest';
import { serviceUrl } from '../../../../src/client/platform/service-url.ts';

afterEach(() => vi.unstubAllGlobals());

describe('the address of a service', () => {
  it('is a whole one, without slashes at its end', () => {
    expect(serviceUrl('https://state.example/below//')).toBe('https://state.example/below');
  });

  it('may be a path of the origin of the page, where there is a page', () => {
    for (const url of ['', '/', '/api']) expect(() => serviceUrl(url)).toThrow(TypeError);
    vi.stubGlobal('location', { origin: 'https://page.test', href: 'https://page.test/deep/page.html' });
    expect(['', '/', '/api/'].map(serviceUrl)).toEqual([
      'https://page.test',
      'https://page.test',
      'https://page.test/api',
    ]);
    for (const url of ['//other.test', 'api', './api', '/api?x'])
      expect(() => serviceUrl(url)).toThrow(`url is "${url}": it must be like https://state.example`);
  });

  it('has no origin in a sandboxed frame', () => {
    vi.stubGlobal('location', { origin: 'null' });
    expect(() => serviceUrl('')).toThrow('url is "": it must be like https://state.example');
  });
});
