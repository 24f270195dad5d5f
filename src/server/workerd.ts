// The entry `changebucket/server` for bundlers that build for workerd, such as wrangler and Cloudflare's Vite plugin.
//
// Storage and backups use node:zlib and node:crypto. Without the Node APIs wrangler only warns of these names and builds a
// Worker that cannot start; for a name without `node:` it fails, shows the line and names the cure.
import 'zlib'; // Set nodejs_compat, or a date from 2026-08-04.

export { bucket, changebucket, document, mintToken } from './index.ts';
