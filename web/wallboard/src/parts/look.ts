import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** How big and in which light things are drawn, for what CSS does not reach: canvases. */
export interface Look {
  dark: boolean;
  wall: boolean;
}

export const LookContext = createContext<Look>({ dark: false, wall: false });

export function useLook(): Look {
  return useContext(LookContext);
}
