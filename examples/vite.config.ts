import { defineConfig } from 'vite';
import relay from 'vite-plugin-relay';

// The programs run in Node, so that a test can run them; what they import is made for browsers.
export default defineConfig({
  plugins: [relay],
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'dist',
    rolldownOptions: {
      input: {
        apollo: 'apollo/board.ts',
        'apollo-live': 'apollo/live.ts',
        urql: 'urql/board.ts',
        'urql-live': 'urql/live.ts',
        relay: 'relay/team.ts',
        'graphql-request': 'graphql-request/days.ts',
      },
    },
  },
});
