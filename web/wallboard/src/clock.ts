import { useEffect, useState } from 'preact/hooks';

// How far the gateway's clock is ahead of this machine's: a wall display's may be far off.
let ahead = 0;

/** The gateway's present time, in milliseconds; or its time at an instant of this machine's clock. */
export function now(here = Date.now()): number {
  return here + ahead;
}

export function setClock(instant: string): void {
  ahead = Date.parse(instant) - Date.now();
}

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => listeners.forEach((each) => each()), 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The present time; draws anew whenever what `shown` makes of it changes. */
export function useNow<T extends string | number>(shown: (now: number) => T): T {
  const [, draw] = useState<T>();
  const value = shown(now());
  useEffect(() => listen(() => draw(shown(now()))));
  return value;
}
