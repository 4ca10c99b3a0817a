import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { now } from '../clock';
import type { Status } from '../live';
import { useWords } from '../words';

export interface Heard {
  status: Status;
  /** When the last answer came, by this machine's clock; null before the first. */
  at: number | null;
}

export const HeardContext = createContext<Heard>({ status: 'connecting', at: null });

/** Whether the figures are alive. What changes every second is not read out; what matters is. */
export function StatusMark() {
  const { texts, format } = useWords();
  const { status, at } = useContext(HeardContext);
  return (
    <p class={`status status-${status}`} title={texts.statusMeaning[status]}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{texts.status[status]}</span>
      {at !== null && <span class="as-of">{texts.asOf(format.timeOfDay(now(at)))}</span>}
    </p>
  );
}

export function OfflineBanner() {
  const { texts, format } = useWords();
  const { status, at } = useContext(HeardContext);
  if (status !== 'offline' || at === null) return null;
  return (
    <p class="banner" role="alert">
      {texts.offlineBanner(format.timeOfDay(now(at)))}
    </p>
  );
}
