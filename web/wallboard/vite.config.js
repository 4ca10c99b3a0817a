import { defineConfig } from 'vite';

export default defineConfig({
  // The page itself is served at /.
  base: '/wallboard/',
  build: {
    outDir: '../../gateway/web/wallboard',
    emptyOutDir: true,
    target: 'es2022',
    // Newer than the script's: light-dark() and @property stay as they are written.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    // Written into the page, the policy would have to allow data: addresses.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true } } },
});
