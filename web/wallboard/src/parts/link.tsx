import type { ComponentChildren } from 'preact';

import { addressOf, type Place, useWay } from '../address';

interface Props {
  to: Partial<Place>;
  current?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** A link of this page: followed here by a plain click, and by the browser in all other ways. */
export function Link({ to, current, class: name, children }: Props) {
  const { place, go } = useWay();
  const follow = (event: MouseEvent) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={addressOf({ ...place, ...to })} class={name} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}
