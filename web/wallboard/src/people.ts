import { useMemo } from 'preact/hooks';

import {
  AgentsDocument,
  type AgentsQuery,
  GroupsDocument,
  type GroupsQuery,
  NowDocument,
  type NowQuery,
  type AgentState,
  type Period,
  type UserFilter,
} from './documents/generated';
import { type Question, useAnswer } from './question';

export type Agent = AgentsQuery['users']['nodes'][number];
export type Group = GroupsQuery['groups']['nodes'][number];
export type Present = NowQuery['users']['nodes'][number];

export const STATES = ['TALK', 'WAIT', 'PAUSE', 'DISPO'] as const satisfies AgentState[];

interface Paged {
  nodes: unknown[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

function following<V>(variables: V, { pageInfo }: Paged): V | null {
  return pageInfo.hasNextPage ? { ...variables, after: pageInfo.endCursor } : null;
}

export function useAgents(period: Period, zone: string | null, people: UserFilter | null): Question<AgentsQuery> {
  const variables = { period, zone, people };
  return useAnswer(AgentsDocument, variables, {
    next: ({ users }) => following(variables, users),
    join: (pages) => ({ users: { ...pages[0]!.users, nodes: pages.flatMap(({ users }) => users.nodes) } }),
  });
}

export function useGroups(period: Period, zone: string | null): Question<GroupsQuery> {
  const variables = { period, zone };
  return useAnswer(GroupsDocument, variables, {
    next: ({ groups }) => following(variables, groups),
    join: (pages) => ({ groups: { ...pages[0]!.groups, nodes: pages.flatMap(({ groups }) => groups.nodes) } }),
  });
}

/** What everybody does now, by uuid. */
export function useNowOf(people: UserFilter | null): {
  question: Question<NowQuery>;
  present: Map<string, Present> | undefined;
} {
  const variables = { people };
  const question = useAnswer(NowDocument, variables, {
    next: ({ users }) => following(variables, users),
    join: (pages) => ({ users: { ...pages[0]!.users, nodes: pages.flatMap(({ users }) => users.nodes) } }),
  });
  const nodes = question.data?.users.nodes;
  const present = useMemo(() => nodes && new Map(nodes.map((user) => [user.uuid, user])), [nodes]);
  return { question, present };
}

type Counts = Record<AgentState, number>;

export function countsOf(people: Iterable<Present | undefined>): Counts {
  const counts: Counts = { TALK: 0, WAIT: 0, PAUSE: 0, DISPO: 0 };
  for (const user of people) if (user?.activity) counts[user.activity.state] += 1;
  return counts;
}
