import { Client, type CombinedError, type Exchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange, type KeyGenerator, type Resolver } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient as createWebSocket } from 'graphql-ws';

import possible from '../generated/possible-types';

// What has no id is kept with what it is of, by the arguments of its field: period and filter.
const embedded: KeyGenerator = () => null;
const paged = (): Resolver => relayPagination();

const cache = () =>
  cacheExchange({
    possibleTypes: possible.possibleTypes,
    keys: {
      AgentActivity: embedded,
      AgentTime: embedded,
      CallBucket: embedded,
      CallStats: embedded,
      DailyReport: embedded,
      ResolvedPeriod: embedded,
      Source: embedded,
      UserRank: embedded,
      Viewer: embedded,
    },
    resolvers: {
      Query: { users: paged() },
      Domain: { calls: paged(), users: paged() },
      Department: { calls: paged() },
      Extension: { calls: paged() },
      Group: { calls: paged() },
      User: { calls: paged() },
    },
  });

/** What went wrong, as programs should ask it: messages are for people and may change. */
export function codeOf(error: CombinedError | undefined): string | undefined {
  if (!error) return undefined;
  return String(error.graphQLErrors[0]?.extensions.code ?? 'NETWORK');
}

interface Access {
  url: string;
  token: () => string;
  signIn: () => Promise<void>;
}

export function createClient({ url, token, signIn }: Access): Client {
  const signed = authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => appendHeaders(operation, { Authorization: `Bearer ${token()}` }),
    didAuthError: (error) => codeOf(error) === 'UNAUTHENTICATED',
    refreshAuth: signIn,
  }));
  return new Client({
    url,
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      cache(),
      signed,
      // By GET, the browser keeps the answer with its ETag and asks whether it is still true.
      persistedExchange({ preferGetForPersistedQueries: true }),
      fetchExchange,
      live(url, token),
    ],
  });
}

function live(url: string, token: () => string): Exchange {
  const socket = createWebSocket({
    url: url.replace(/^http/, 'ws'),
    connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
    retryAttempts: Infinity,
    // 4403: the token is not accepted, and will not be next time.
    shouldRetry: (event) => (event as CloseEvent).code !== 4403,
  });
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    }),
  });
}
