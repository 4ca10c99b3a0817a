import { type Place, periodInput } from './address';
import { setClock } from './clock';
import {
  DomainPeriodDocument,
  DomainTodayDocument,
  GroupPeriodDocument,
  GroupTodayDocument,
  type PeriodFiguresFragment,
  type TodayFiguresFragment,
  type UserFilter,
  UserPeriodDocument,
  type UserPeriodQuery,
  UserTodayDocument,
} from './documents/generated';
import { type Question, useAnswer } from './question';

/** Whom the figures are of: the domain, a group or an agent. */
export type Kind = 'domain' | 'group' | 'agent';

export function kindOf({ group, agent }: Place): Kind {
  return agent ? 'agent' : group ? 'group' : 'domain';
}

export type Today = TodayFiguresFragment & {
  name: string;
  department?: { name: string } | null;
  extensions?: { extension: string }[];
  groups?: { uuid: string; name: string }[];
};
export type InPeriod = PeriodFiguresFragment & {
  agentTime?: NonNullable<UserPeriodQuery['subject']>['agentTime'];
};

const TODAY = { domain: DomainTodayDocument, group: GroupTodayDocument, agent: UserTodayDocument } as const;
const PERIOD = { domain: DomainPeriodDocument, group: GroupPeriodDocument, agent: UserPeriodDocument } as const;

function named(place: Place): { uuid: string } {
  // A domain has no name to be asked by: what is too much is left out by its caller.
  return { uuid: place.agent ?? place.group ?? '' };
}

type Asked<T> = Question<{ subject: T | null }>;

// One shape of question for three kinds of subject: each document asks for the same fragment.
export function useToday(place: Place): Asked<Today> {
  const kind = kindOf(place);
  const variables = { ...(kind === 'domain' ? {} : named(place)), zone: place.zone };
  return useAnswer(TODAY[kind] as typeof GroupTodayDocument, variables as { uuid: string }, {
    fresh: ({ subject }) => subject?.lastHour && setClock(subject.lastHour.period.end),
  }) as Asked<Today>;
}

/** `hours` only where the period is short enough for them; nothing is asked if not `wanted`. */
export function usePeriod(place: Place, hours: boolean, wanted: boolean): Asked<InPeriod> {
  const kind = kindOf(place);
  const variables = {
    ...(kind === 'domain' ? {} : named(place)),
    period: periodInput(place.period),
    zone: place.zone,
    hours,
  };
  return useAnswer(
    PERIOD[kind] as typeof GroupPeriodDocument,
    wanted ? (variables as typeof variables & { uuid: string }) : null,
  ) as Asked<InPeriod>;
}

/** The users that a subject is made of; null for all of them. */
export function peopleOf(place: Place): UserFilter | null {
  return place.group ? { groups: [place.group] } : null;
}
