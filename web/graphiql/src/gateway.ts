import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import {
  type ExecutionResult,
  getIntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
} from 'graphql';
import type { Client } from 'graphql-ws';

import { answersOf } from './live';

export interface Viewer {
  domain: { name: string; timeZone: string };
  role: string;
  tokenName: string;
  expiresAt: string | null;
}

export interface Session {
  token: string;
  viewer: Viewer;
}

const VIEWER = 'query Viewer { viewer { domain { name timeZone } role tokenName expiresAt } }';

// GraphiQL's own question leaves out what @oneOf inputs and deprecated arguments are.
const INTROSPECTION = getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true });

async function ask(token: string, question: FetcherParams): Promise<ExecutionResult> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json, application/json',
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(question),
    credentials: 'omit',
  });
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new Error(`The answer is no JSON: ${response.status} ${response.statusText}`);
  }
  return response.json();
}

/** Who the token is for; an error that says why, if the gateway refuses it. */
export async function signIn(text: string): Promise<Session> {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Error('This is no token: a token has no spaces and no accents.');
  }
  const { data, errors } = await ask(token, { query: VIEWER });
  if (!data?.viewer) {
    throw new Error(errors?.[0]?.message ?? 'The gateway does not say who the token is for.');
  }
  return { token, viewer: data.viewer as Viewer };
}

// GraphiQL knows the operation's name a moment after its text: who changes the text or the tab
// and asks at once would ask for the former name. It is needed only to choose among several.
function prepared(params: FetcherParams, operations: OperationDefinitionNode[]): FetcherParams {
  if (params.operationName === 'IntrospectionQuery') return { ...params, query: INTROSPECTION };
  return operations.length > 1 ? params : { ...params, operationName: undefined };
}

function operationsOf(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((found) => found.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return []; // The gateway tells what is wrong with it.
  }
}

function isSubscription(name: string | null | undefined, operations: OperationDefinitionNode[]): boolean {
  const meant = operations.length > 1 ? operations.find((each) => each.name?.value === name) : operations[0];
  return meant?.operation === OperationTypeNode.SUBSCRIPTION;
}

/** Asks for the session; what stays open (a subscription) goes over the live connection. */
export function fetcherOf(session: Session | null, live: Client | null): Fetcher {
  if (!session || !live) return () => ({ errors: [{ message: 'Enter your token above first.' }] }) as object;
  return (params) => {
    const operations = operationsOf(params.query);
    const question = prepared(params, operations);
    return isSubscription(params.operationName, operations)
      ? answersOf(live, question)
      : ask(session.token, question);
  };
}
