import { type FormEvent, useEffect, useState } from 'react';

import { type Session, signIn, type Viewer } from './gateway';

// The tab's own storage: another tab, or this one after it was closed, knows nothing of it.
const KEY = 'gateway:token';

interface Props {
  session: Session | null;
  onSession(session: Session | null): void;
}

export function TokenBar({ session, onSession }: Props) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function use(token: string) {
    setBusy(true);
    setProblem('');
    try {
      const found = await signIn(token);
      sessionStorage.setItem(KEY, found.token);
      onSession(found);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  function forget() {
    sessionStorage.removeItem(KEY);
    onSession(null);
  }

  useEffect(() => {
    const kept = sessionStorage.getItem(KEY);
    if (kept) void use(kept);
  }, []);

  return (
    <header className="graphiql-container token-bar">
      <h1>Call statistics</h1>
      {session ? (
        <>
          <p role="status">{described(session.viewer)}</p>
          <button type="button" onClick={forget}>
            Forget token
          </button>
        </>
      ) : (
        <TokenForm busy={busy} problem={problem} onToken={use} />
      )}
      <a href="/">Wallboard</a>
    </header>
  );
}

interface FormProps {
  busy: boolean;
  problem: string;
  onToken(token: string): void;
}

function TokenForm({ busy, problem, onToken }: FormProps) {
  const [text, setText] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    if (text.trim()) onToken(text);
  }

  return (
    <form onSubmit={submit}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        autoFocus
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-describedby="token-help"
        aria-invalid={problem !== ''}
      />
      <button type="submit" disabled={busy}>
        Use
      </button>
      <p id="token-help" role={problem ? 'alert' : undefined}>
        {problem || (
          <>
            Paste the token of your domain; this browser tab alone keeps it. <code>make demo</code> prints one, and{' '}
            <code>gateway token create</code> makes one.
          </>
        )}
      </p>
    </form>
  );
}

function described({ domain, role, tokenName, expiresAt }: Viewer) {
  const end = expiresAt ? `until ${new Date(expiresAt).toLocaleString('sv', { timeZone: domain.timeZone })}` : '';
  return [domain.name, domain.timeZone, role.toLowerCase(), `token “${tokenName}”`, end].filter(Boolean).join(' · ');
}
