import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemsPage } from './problems-page.ts';

// Writes docs/problems.md. A test compares the page with what this makes.

writeFileSync(join(import.meta.dirname, '../../docs/problems.md'), problemsPage());
