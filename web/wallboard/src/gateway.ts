import type { TypedDocumentString } from './documents/generated';

export const ADDRESS = '/graphql';

const UNAUTHENTICATED = 401;
const PATIENCE = 40_000;

/** The token does not open the gateway, or does not any more: only another one helps. */
export class SignedOutError extends Error {}

/** Nobody answered. */
export class OfflineError extends Error {}

/** The gateway answered that it will not, or cannot now; the message is for people. */
export class RefusedError extends Error {}

/** A null in `data` that the schema promises only beside an error has its reason in `problems`. */
export interface Answer<T> {
  data: T;
  problems: string[];
}

interface Body<T> {
  data?: T | null;
  errors?: { message: string }[];
}

export type Document<T, V> = TypedDocumentString<T, V>;

/** One question. SignedOutError, OfflineError, RefusedError, or AbortError if `signal` says so. */
export async function ask<T, V>(
  token: string,
  document: Document<T, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const response = await post(token, JSON.stringify({ query: document.toString(), variables }), signal);
  const body = await bodyOf<T>(response);
  const problems = body.errors?.map(({ message }) => message) ?? [];
  if (response.status === UNAUTHENTICATED) throw new SignedOutError(problems[0] ?? '');
  if (!body.data) throw new RefusedError(problems[0] ?? `${response.status} ${response.statusText}`);
  return { data: body.data, problems };
}

async function post(token: string, body: string, signal?: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE);
  try {
    return await fetch(ADDRESS, {
      method: 'POST',
      headers: {
        Accept: 'application/graphql-response+json',
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
      },
      body,
      credentials: 'omit',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new OfflineError();
  }
}

async function bodyOf<T>(response: Response): Promise<Body<T>> {
  // A proxy in between answers in HTML that the gateway behind it is gone.
  if (!response.headers.get('content-type')?.includes('json')) throw new OfflineError();
  try {
    return (await response.json()) as Body<T>;
  } catch {
    throw new OfflineError();
  }
}
