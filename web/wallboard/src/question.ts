import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';

import { type Answer, type Document, OfflineError, SignedOutError, ask } from './gateway';

/** What a component that asks needs to know. */
export interface Asking {
  token: string;
  /** Grows whenever what is shown may be out of date. */
  round: number;
  kept: Map<string, Answer<unknown>>;
  again(): void;
  heard(reachable: boolean): void;
  signedOut(why: string): void;
}

export const AskingContext = createContext<Asking>({
  token: '',
  round: 0,
  kept: new Map(),
  again() {},
  heard() {},
  signedOut() {},
});

export interface Question<T> {
  data: T | undefined;
  /** What went wrong, as a sentence of the gateway; "" if nobody answered. Undefined if all is well. */
  problem: string | undefined;
  /** What is shown is of another question: the answer to this one is under way. */
  waiting: boolean;
}

// Answers of screens that were looked at: going back shows them at once, and asks again.
const KEPT = 60;

interface Manner<T, V> {
  /** A list of pages is asked to its end: what to ask after this page, and what the pages are together. */
  next?(data: T): V | null;
  join?(pages: T[]): T;
  /** Told of each answer as it comes. */
  fresh?(data: T): void;
}

/** Asks, and asks again at each round; null asks nothing. */
export function useAnswer<T, V>(document: Document<T, V>, variables: V | null, manner: Manner<T, V> = {}): Question<T> {
  const { token, round, kept, heard, signedOut } = useContext(AskingContext);
  const key = variables === null ? '' : `${document} ${JSON.stringify(variables)}`;
  const [state, setState] = useState<{ key: string; answer?: Answer<T>; failure?: Error }>({ key: '' });

  const known = () => kept.get(key) as Answer<T> | undefined;

  const askOnce = async (signal: AbortSignal): Promise<void> => {
    if (variables === null) return;
    try {
      const answer = await pages(token, document, variables, signal, manner);
      if (signal.aborted) return;
      remember(kept, key, answer);
      manner.fresh?.(answer.data);
      heard(true);
      setState({ key, answer });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof SignedOutError) return signedOut(error.message);
      heard(!(error instanceof OfflineError));
      // Old figures of the same question stay: better than none.
      setState((before) => ({ key, answer: before.key === key ? before.answer : known(), failure: error as Error }));
    }
  };

  const asked = useRef({ round, again() {} });
  useEffect(() => {
    const control = new AbortController();
    const again = newest(() => askOnce(control.signal));
    asked.current = { round, again };
    again();
    return () => control.abort();
  }, [key, token]);
  useEffect(() => {
    if (asked.current.round === round) return;
    asked.current.round = round;
    asked.current.again();
  }, [round]);

  const answer = state.key === key ? state.answer : (known() ?? state.answer);
  const failure = state.key === key ? state.failure : undefined;
  const waiting = state.key !== key && !known();
  const problem = failure && !(failure instanceof OfflineError) ? failure.message : answer?.problems[0];
  return {
    data: answer?.data,
    problem: problem ?? (failure && !answer ? '' : undefined),
    waiting,
  };
}

/** Runs it, and once more if it was called for meanwhile: changes that come faster than answers delay none. */
function newest(run: () => Promise<void>): () => void {
  let running = false;
  let due = false;
  return async () => {
    due = true;
    if (running) return;
    running = true;
    while (due) {
      due = false;
      await run();
    }
    running = false;
  };
}

async function pages<T, V>(
  token: string,
  document: Document<T, V>,
  variables: V,
  signal: AbortSignal,
  { next, join }: Manner<T, V>,
): Promise<Answer<T>> {
  const first = await ask(token, document, variables, signal);
  const found = [first.data];
  const problems = [...first.problems];
  for (let more = next?.(first.data); more;) {
    const page = await ask(token, document, more, signal);
    found.push(page.data);
    problems.push(...page.problems);
    more = next?.(page.data);
  }
  return { data: join ? join(found) : first.data, problems };
}

function remember(kept: Map<string, Answer<unknown>>, key: string, answer: Answer<unknown>): void {
  kept.delete(key);
  kept.set(key, answer);
  const oldest = kept.keys().next();
  if (kept.size > KEPT && !oldest.done) kept.delete(oldest.value);
}
