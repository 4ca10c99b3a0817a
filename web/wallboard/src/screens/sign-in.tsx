import { useId, useState } from 'preact/hooks';

import { OfflineError } from '../gateway';
import { Mark } from '../parts/icons';
import { enter, type Session } from '../session';
import { useWords } from '../words';

interface Props {
  /** Why somebody who was signed in is not any more. */
  why: string | null;
  onSession(session: Session): void;
}

export function SignIn({ why, onSession }: Props) {
  const { texts } = useWords();
  const said = texts.signIn;
  const [token, setToken] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const id = useId();

  async function submit(event: Event) {
    event.preventDefault();
    if (!token.trim() || busy) return;
    setBusy(true);
    setProblem('');
    try {
      onSession(await enter(token));
    } catch (error) {
      setProblem(error instanceof OfflineError ? said.offline : (error as Error).message || said.unreadable);
      setBusy(false);
    }
  }

  return (
    <main class="sign-in" id="figures">
      <form onSubmit={submit}>
        <h1 class="brand">
          <Mark />
          {texts.title}
        </h1>
        {why !== null && (
          <p class="banner" role="status">
            <strong>{said.expired}</strong> {why}
          </p>
        )}
        <p>{said.lead}</p>
        <label for={id}>{said.token}</label>
        <div class="token">
          <input
            id={id}
            type={(shown ? 'text' : 'password') as 'password'}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            spellcheck={false}
            autoFocus
            aria-invalid={problem !== ''}
            aria-describedby={`${id}-help`}
          />
          <button type="button" class="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? said.hide : said.show}
          </button>
        </div>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          {busy ? said.busy : said.go}
        </button>
        <p id={`${id}-help`} class="lead">
          {said.help}
        </p>
      </form>
    </main>
  );
}
