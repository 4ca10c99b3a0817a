import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';

import type { Period, PeriodPreset } from './documents/generated';

export const VIEWS = ['overview', 'groups', 'agents', 'calls', 'wall'] as const;
export type View = (typeof VIEWS)[number];

export const PRESETS = [
  'TODAY',
  'YESTERDAY',
  'THIS_WEEK',
  'LAST_WEEK',
  'LAST_7_DAYS',
  'LAST_30_DAYS',
  'THIS_MONTH',
  'LAST_MONTH',
] as const satisfies PeriodPreset[];

export interface Days {
  from: string;
  to: string;
}

/** What the screen shows, as its address says it. */
export interface Place {
  view: View;
  group: string | null;
  agent: string | null;
  period: PeriodPreset | Days;
  zone: string | null;
}

export const HOME: Place = { view: 'overview', group: null, agent: null, period: 'LAST_7_DAYS', zone: null };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The place of an address; what is wrong in it is as if it were not there. */
function placeOf(search: string): Place {
  const found = new URLSearchParams(search);
  const uuid = (name: string) => {
    const text = found.get(name) ?? '';
    return UUID.test(text) ? text : null;
  };
  return {
    view: VIEWS.find((view) => view === found.get('view')) ?? HOME.view,
    group: uuid('group'),
    agent: uuid('agent'),
    period: periodOf(found.get('period') ?? ''),
    zone: zoneOf(found.get('zone')),
  };
}

function periodOf(text: string): Place['period'] {
  const [from = '', to = ''] = text.split('..');
  if (isDay(from) && isDay(to) && from <= to) return { from, to };
  return PRESETS.find((preset) => preset === text) ?? HOME.period;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && text >= '1970-01-02';
}

function zoneOf(text: string | null): string | null {
  try {
    return text && new Intl.DateTimeFormat('en', { timeZone: text }) && text;
  } catch {
    return null;
  }
}

/** The address of a place: what is as it usually is stays out of it. */
export function addressOf(place: Place): string {
  const { view, group, agent, period, zone } = place;
  const parts = new URLSearchParams();
  if (view !== HOME.view) parts.set('view', view);
  if (group) parts.set('group', group);
  if (agent) parts.set('agent', agent);
  if (period !== HOME.period) parts.set('period', typeof period === 'string' ? period : `${period.from}..${period.to}`);
  if (zone) parts.set('zone', zone);
  // Slashes and colons may stand in a query.
  const text = parts.toString().replaceAll('%2F', '/');
  return text ? `/?${text}` : '/';
}

export function periodInput(period: Place['period']): Period {
  return typeof period === 'string' ? { preset: period } : { days: period };
}

export interface Way {
  place: Place;
  go(changes: Partial<Place>): void;
}

export function useBrowserAddress(): Way {
  const [place, setPlace] = useState(() => placeOf(location.search));
  useEffect(() => {
    const back = () => setPlace(placeOf(location.search));
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  const { view, group, agent } = place;
  useEffect(() => {
    // Where the link was that led here there is none any more: a keyboard goes on from the figures.
    if (document.activeElement === document.body) document.getElementById('figures')?.focus({ preventScroll: true });
  }, [view, group, agent]);
  return useMemo(() => {
    const go = (changes: Partial<Place>) => {
      const next = { ...place, ...changes };
      if (addressOf(next) === addressOf(place)) return;
      history.pushState(null, '', addressOf(next));
      setPlace(next);
      const subjectChanged = next.view !== place.view || next.group !== place.group || next.agent !== place.agent;
      if (subjectChanged) scrollTo(0, 0);
    };
    return { place, go };
  }, [place]);
}

export const WayContext = createContext<Way>({ place: HOME, go() {} });

export function useWay(): Way {
  return useContext(WayContext);
}
