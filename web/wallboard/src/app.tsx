import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { useBrowserAddress, WayContext } from './address';
import { type Answer, OfflineError, SignedOutError } from './gateway';
import { Live, type Status } from './live';
import { HeardContext } from './parts/status';
import { useLanguage, useTheme } from './preferences';
import { type Asking, AskingContext } from './question';
import { Board } from './screens/board';
import { SignIn } from './screens/sign-in';
import { enter, forget, keptToken, type Session } from './session';
import { Format } from './format';
import { TEXTS, useWords, WordsContext } from './words';

type State =
  | { is: 'returning' }
  | { is: 'unreachable'; why: string }
  | { is: 'out'; why: string | null }
  | { is: 'in'; session: Session };

export function App() {
  const [language, onLanguage] = useLanguage();
  const [theme, dark, onTheme] = useTheme();
  const way = useBrowserAddress();
  const [state, setState] = useState<State>(() => (keptToken() ? { is: 'returning' } : { is: 'out', why: null }));
  const zone = way.place.zone ?? (state.is === 'in' ? state.session.viewer.domain.timeZone : 'UTC');
  const words = useMemo(() => ({ texts: TEXTS[language], format: new Format(language, zone) }), [language, zone]);
  const signedOut = useCallback((why: string | null) => {
    forget();
    setState({ is: 'out', why });
  }, []);

  useEffect(() => {
    if (state.is !== 'returning') return;
    enter(keptToken() ?? '').then(
      (session) => setState({ is: 'in', session }),
      (error: Error) => {
        if (error instanceof SignedOutError) signedOut(error.message);
        else setState({ is: 'unreachable', why: error instanceof OfflineError ? '' : error.message });
      },
    );
  }, [state.is]);

  return (
    <WordsContext.Provider value={words}>
      <WayContext.Provider value={way}>
        {state.is === 'in' && (
          <Connected session={state.session} onSignedOut={signedOut}>
            {/* Another subject is another screen: nothing of the former may stand under its name. */}
            <Board
              key={`${way.place.group} ${way.place.agent}`}
              session={state.session}
              dark={dark}
              language={language}
              onLanguage={onLanguage}
              theme={theme}
              onTheme={onTheme}
              onSignOut={() => signedOut(null)}
            />
          </Connected>
        )}
        {state.is === 'out' && <SignIn why={state.why} onSession={(session) => setState({ is: 'in', session })} />}
        {state.is === 'returning' && <Returning />}
        {state.is === 'unreachable' && <Unreachable why={state.why} onAgain={() => setState({ is: 'returning' })} />}
      </WayContext.Provider>
    </WordsContext.Provider>
  );
}

interface ConnectedProps {
  session: Session;
  onSignedOut(why: string): void;
  children: preact.ComponentChildren;
}

/** Keeps what is shown up to date, and knows whether it is. */
function Connected({ session: { token }, onSignedOut, children }: ConnectedProps) {
  const [round, setRound] = useState(0);
  const [status, setStatus] = useState<Status>('connecting');
  const [at, setAt] = useState<number | null>(null);
  const kept = useRef(new Map<string, Answer<unknown>>());
  const live = useRef<Live>(null);

  useEffect(() => {
    const found = new Live(token, { changed: () => setRound((before) => before + 1), status: setStatus });
    live.current = found;
    return () => found.close();
  }, [token]);

  const asking = useMemo<Asking>(
    () => ({
      token,
      round,
      kept: kept.current,
      again: () => setRound((before) => before + 1),
      heard(reachable) {
        live.current?.answered(reachable);
        if (reachable) setAt(Date.now());
      },
      signedOut: onSignedOut,
    }),
    [token, round, onSignedOut],
  );
  const heard = useMemo(() => ({ status, at }), [status, at]);
  return (
    <AskingContext.Provider value={asking}>
      <HeardContext.Provider value={heard}>{children}</HeardContext.Provider>
    </AskingContext.Provider>
  );
}

function Returning() {
  const { texts } = useWords();
  return (
    <main class="returning" aria-busy="true">
      <div class="skeleton" />
      <div class="skeleton" />
      <div class="skeleton" />
      <span class="unseen" role="status">
        {texts.waiting}
      </span>
    </main>
  );
}

function Unreachable({ why, onAgain }: { why: string; onAgain(): void }) {
  const { texts } = useWords();
  return (
    <main class="message">
      <h1>{texts.status.offline}</h1>
      <p role="alert">{why || texts.signIn.offline}</p>
      <button type="button" class="main" onClick={onAgain}>
        {texts.again}
      </button>
    </main>
  );
}
