import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import { root } from './bundle.ts';

// Writes the page at /docs, the protocol as HTML, so that every deployment documents itself.

const body = await marked.parse(readFileSync(join(root, 'PROTOCOL.md'), 'utf8'));

writeFileSync(
  join(root, 'public', 'docs.html'),
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Changebucket protocol</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<main class="docs">
<p><a href="/">Changebucket</a> · <a href="/openapi.json">OpenAPI</a></p>
${body}
</main>
</html>
`,
);
