import type { FetcherParams } from '@graphiql/toolkit';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';

// The code with which the gateway closes a connection whose token it does not accept.
const FORBIDDEN = 4403;

/** A WebSocket that is opened for the first subscription and closed after the last. */
export function liveClient(token: string): Client {
  return createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { Authorization: `Bearer ${token}` },
    shouldRetry: (event) => !(event instanceof CloseEvent && event.code === FORBIDDEN),
  });
}

/** The answers of a subscription; what ends it is shown as the errors of an answer are. */
export function answersOf(live: Client, question: FetcherParams): AsyncIterableIterator<ExecutionResult> {
  const answers = live.iterate(question as SubscribePayload);
  const next = answers.next.bind(answers);
  answers.next = () => next().catch((reason) => ({ done: false, value: failed(reason) }));
  return answers as AsyncIterableIterator<object>;
}

function failed(reason: unknown): FormattedExecutionResult<Record<string, unknown>> {
  if (Array.isArray(reason)) return { errors: reason };
  const lost = 'The connection to the gateway was lost: press the button to try again.';
  return { errors: [{ message: (reason instanceof CloseEvent && reason.reason) || lost }] };
}
