import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Without Cloudflare's plugin: these tests need neither the Worker nor its runtime.
export default defineConfig({
  plugins: [react()],
  test: { environment: 'happy-dom', include: ['test/**/*.test.{ts,tsx}'] },
});
