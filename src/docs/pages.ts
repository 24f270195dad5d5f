/** A page of the documentation. */
export interface PageEntry {
  /** Its path below `/docs/`: `client`, `decisions/0001-version-is-a-seq`. */
  readonly slug: string;
  /** Its name in the navigation. */
  readonly title: string;
  /** The Markdown file, from the root of the repository. */
  readonly source: string;
}

/** Pages that belong together in the navigation. */
export interface Section {
  readonly title: string;
  readonly pages: readonly PageEntry[];
}

const page = (slug: string, title: string, source = `docs/${slug}.md`): PageEntry => ({ slug, title, source });

const DECISIONS: readonly (readonly [name: string, title: string])[] = [
  ['0001-version-is-a-seq', '1. A version is a seq'],
  ['0002-contiguous-n', '2. n is contiguous'],
  ['0003-two-ways-to-drain', '3. Two ways to drain'],
  ['0004-segments-are-tables', '4. Segments are tables'],
  ['0005-positional-rpc-tuples', '5. RPC tuples by position'],
  ['0006-own-drafts-and-patches', '6. Own drafts and patches'],
  ['0007-web-locks', '7. Web Locks'],
  ['0008-problem-urns', '8. Problems are URNs'],
  ['0009-deltas-and-etags', '9. Deltas and etags'],
  ['0010-content-defined-chunks', '10. Content-defined chunks'],
  ['0011-platform-recovery-by-a-mark', '11. Recovery by the platform'],
];

/** Every page, in the order of the navigation. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Start',
    pages: [page('quickstart', 'Quickstart'), page('http', 'HTTP tour'), page('compare', 'Compare')],
  },
  {
    title: 'Build',
    pages: [
      page('rules', 'Your rules'),
      page('client', 'Client'),
      page('api-client', 'API client'),
      page('auth', 'Auth'),
      page('own-worker', 'Your own Worker'),
      page('testing', 'Testing'),
    ],
  },
  {
    title: 'Frameworks',
    pages: [
      page('react', 'React'),
      page('svelte', 'Svelte'),
      page('vue', 'Vue'),
      page('solid', 'Solid'),
      page('other-stores', 'Other stores'),
      page('tanstack-db', 'TanStack DB'),
    ],
  },
  {
    title: 'Run',
    pages: [
      page('commands', 'Commands'),
      page('hosting', 'Hosting'),
      page('operate', 'Operate'),
      page('cost', 'Cost'),
      page('speed', 'Speed'),
    ],
  },
  {
    title: 'Look up',
    pages: [
      page('protocol', 'Protocol', 'PROTOCOL.md'),
      page('conformance', 'Conformance'),
      page('problems', 'Problems'),
      page('limits', 'Limits'),
      page('glossary', 'Glossary'),
      page('changelog', 'Changelog', 'CHANGELOG.md'),
    ],
  },
  {
    title: 'Inside',
    pages: [
      page('architecture', 'How it works'),
      page('decisions', 'Decisions', 'docs/decisions/README.md'),
      page('contributing', 'Contributing', 'CONTRIBUTING.md'),
      page('security', 'Security', 'SECURITY.md'),
    ],
  },
];

/** Pages that are reached from another page, and are not in the navigation. */
export const UNLISTED: readonly PageEntry[] = [
  ...DECISIONS.map(([name, title]) => page(`decisions/${name}`, title)),
  page('decisions/template', 'Template of a decision'),
];
