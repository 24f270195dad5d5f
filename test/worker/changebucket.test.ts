import { describe, expect, it } from 'vitest';
import { document } from '../../src/applications/document.ts';
import { todos } from '../../src/applications/todos.ts';
import { changebucket } from '../../src/server/index.ts';

describe('changebucket()', () => {
  it('makes the Worker and its two classes', async () => {
    const { worker, Application, Directory } = changebucket([document, todos]);
    expect((await worker.request('/healthz')).status).toBe(200);
    expect([Application.name, Directory.name]).toEqual(['Application', 'Directory']);
  });

  it('throws without a definition, and for two of one name', () => {
    expect(() => changebucket([])).toThrow('at least one definition');
    expect(() => changebucket([document, todos, document])).toThrow('"document"');
  });
});
