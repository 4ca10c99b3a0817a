import { Client, type CombinedError, fetchExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange, type KeyGenerator, type Resolver } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';

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
    // Subscriptions as event streams (SSE), through the same exchanges: no other package is needed.
    fetchSubscriptions: true,
    // By GET, the browser keeps the answer with its ETag and asks whether it is still true.
    exchanges: [cache(), signed, persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
    requestPolicy: 'cache-and-network',
  });
}
