import { ViewerDocument, type ViewerQuery } from './documents/generated';
import { ask, RefusedError } from './gateway';

export type Viewer = ViewerQuery['viewer'];

export interface Session {
  token: string;
  viewer: Viewer;
}

// The tab's own storage: another tab, or this one after it was closed, knows nothing of it.
const KEY = 'gateway:token';

export function keptToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
}

/** Who the token is for; it is kept if it is good. Errors are those of `ask`. */
export async function enter(text: string): Promise<Session> {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  // A browser refuses to send other signs in a header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new RefusedError('');
  const { data } = await ask(token, ViewerDocument, {});
  sessionStorage.setItem(KEY, token);
  return { token, viewer: data.viewer };
}
