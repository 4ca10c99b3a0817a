import { useNow } from '../clock';
import type { AgentState } from '../documents/generated';
import { clockLength } from '../format';
import { useWords } from '../words';

/** How long it has lasted, counting on. */
export function Since({ instant }: { instant: string }) {
  const { format } = useWords();
  const start = Date.parse(instant);
  const lasted = useNow((now) => clockLength((now - start) / 1000));
  return (
    <time dateTime={instant} title={format.instant(instant)}>
      {lasted}
    </time>
  );
}

export function Ago({ instant }: { instant: string }) {
  const { format } = useWords();
  const ago = useNow((now) => format.ago(instant, now));
  return (
    <time dateTime={instant} title={format.instant(instant)}>
      {ago}
    </time>
  );
}

/** A state by word, shape and colour. */
export function State({ state }: { state: AgentState | null }) {
  const { texts } = useWords();
  return (
    <span class={`state state-${state ?? 'OUT'}`}>
      <svg class="shape" viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[state ?? 'OUT']}
      </svg>
      {state ? texts.states[state] : texts.loggedOut}
    </span>
  );
}

const SHAPES = {
  TALK: <circle cx="6" cy="6" r="5" />,
  WAIT: <circle cx="6" cy="6" r="4" class="hollow" />,
  PAUSE: <path d="M2.5 1.5h2.5v9h-2.5zM7 1.5h2.5v9h-2.5z" />,
  DISPO: <path d="M6 .8 11.2 6 6 11.2.8 6z" />,
  OUT: <path d="M2 5.2h8v1.6h-8z" />,
};
