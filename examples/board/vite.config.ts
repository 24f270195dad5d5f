import { cloudflare } from '@cloudflare/vite-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The plugin runs the Worker of wrangler.jsonc in Cloudflare's runtime, at the address of the page.
export default defineConfig({ plugins: [react(), cloudflare()] });
