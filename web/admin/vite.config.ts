// Build and development server of the admin. The production build is plain static files that run under `default-src 'self'`.
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const api = process.env.SIGNALBOX_API ?? 'http://127.0.0.1:8080';
const mocked = process.env.SIGNALBOX_MOCK === '1';

/** The policy under which `npm run preview` serves the built files, as strict as the real server's. */
export const contentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

async function mockApi(): Promise<Plugin> {
  const { mockApiPlugin } = await import('./mock/plugin.ts');
  return mockApiPlugin();
}

const proxy = { '/api': { target: api, changeOrigin: false } };

export default defineConfig({
  plugins: [react(), tailwindcss(), ...(mocked ? [mockApi()] : [])],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { port: 5173, strictPort: true, ...(mocked ? {} : { proxy }) },
  preview: {
    port: 4173,
    strictPort: true,
    headers: { 'Content-Security-Policy': contentSecurityPolicy },
    ...(mocked ? {} : { proxy }),
  },
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: 'charts', test: /node_modules[\\/](recharts|d3-|victory-vendor|@reduxjs|immer|react-redux)/ },
          ],
        },
      },
    },
  },
});
