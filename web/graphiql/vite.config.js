import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: {
    outDir: '../../gateway/web/graphiql',
    emptyOutDir: true,
    target: 'es2022',
    // Every browser that runs ES2022 preloads modules by itself.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Libraries mark what runs in a browser with "use client": nothing to warn of.
      checks: { moduleLevelDirective: false },
      output: {
        codeSplitting: {
          // A change of our own sources then leaves the big files, and their names, as they are.
          groups: [
            { name: 'libraries', test: /node_modules\/(?!monaco-|prettier)/ },
            { name: 'shared', test: /node_modules/, minShareCount: 2 },
          ],
        },
      },
    },
    license: { fileName: 'licenses.md' },
    // Monaco is one big piece, loaded after the page is drawn.
    chunkSizeWarningLimit: 4000,
  },
  worker: { format: 'es' },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8000' } },
});
