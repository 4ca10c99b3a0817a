import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient as createWebSocket } from 'graphql-ws';

import possible from '../generated/possible-types';

// Apollo types an answer by the error policy: one that is not its own has to be declared.
declare module '@apollo/client' {
  namespace ApolloClient.DeclareDefaultOptions {
    interface WatchQuery {
      errorPolicy: 'all';
    }
    interface Query {
      errorPolicy: 'all';
    }
  }
}

const cache = () =>
  new InMemoryCache({
    possibleTypes: possible.possibleTypes,
    typePolicies: {
      // Figures have no id: they are kept under what they are of, by period and filter. Two
      // components that ask for different figures of one period share the object.
      CallStats: { merge: true },
      AgentTime: { merge: true },
      // What a policy of an interface says holds for all its types.
      Reporting: { fields: { calls: relayStylePagination(['period', 'timeZone', 'filter', 'orderBy']) } },
      Domain: { fields: { users: relayStylePagination(['filter', 'orderBy']) } },
      Query: { fields: { users: relayStylePagination(['filter', 'orderBy']) } },
    },
  });

/** What went wrong, as programs should ask it: messages are for people and may change. */
export function codeOf(error: unknown): string {
  return CombinedGraphQLErrors.is(error) ? String(error.errors[0]?.extensions?.code) : 'NETWORK';
}

interface Access {
  url: string;
  token: () => string;
  onSignedOut: () => void;
}

export function createClient({ url, token, onSignedOut }: Access): ApolloClient {
  const signedOut = new ErrorLink(({ error }) => {
    if (codeOf(error) === 'UNAUTHENTICATED') onSignedOut();
  });
  const signed = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${token()}` },
  }));
  // By GET, the browser keeps the answer with its ETag and asks whether it is still true.
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const answered = ApolloLink.from([signedOut, signed, persisted, new HttpLink({ uri: url })]);
  return new ApolloClient({
    cache: cache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      liveLink(url, token),
      answered,
    ),
    defaultOptions: {
      // A figure that failed is null beside its error; the rest of the screen stays.
      watchQuery: { errorPolicy: 'all', fetchPolicy: 'cache-and-network' },
      query: { errorPolicy: 'all' },
    },
  });
}

function liveLink(url: string, token: () => string): GraphQLWsLink {
  return new GraphQLWsLink(
    createWebSocket({
      url: url.replace(/^http/, 'ws'),
      connectionParams: () => ({ Authorization: `Bearer ${token()}` }),
      retryAttempts: Infinity,
      // 4403: the token is not accepted, and will not be next time.
      shouldRetry: (event) => (event as CloseEvent).code !== 4403,
    }),
  );
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
