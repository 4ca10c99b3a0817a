import { createOperationDescriptor, fetchQuery, getRequest, graphql } from 'relay-runtime';

import { period, token, url } from '../asked';
import type { teamCallsQuery } from './__generated__/teamCallsQuery.graphql';
import type { teamListQuery } from './__generated__/teamListQuery.graphql';
import type { teamRefetchQuery } from './__generated__/teamRefetchQuery.graphql';
import { createEnvironment, GatewayError } from './environment';

const LIST = graphql`
  query teamListQuery($period: Period!) {
    groups {
      nodes {
        id
        name
        callStats(period: $period) {
          totalCall
          answerRate
        }
      }
    }
  }
`;

const REFETCH = graphql`
  query teamRefetchQuery($id: ID!, $period: Period!) {
    node(id: $id) {
      ... on Group {
        name
        callStats(period: $period) {
          totalCall
          totalAnswered
        }
      }
    }
  }
`;

const CALLS = graphql`
  query teamCallsQuery($id: ID!, $period: Period!, $after: String) {
    node(id: $id) {
      ... on Group {
        calls(period: $period, first: 2, after: $after)
          @connection(key: "team_calls", filters: ["period"]) {
          totalCount
          edges {
            node {
              id
              startedAt
              status
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`;

const environment = createEnvironment(url, () => token);

/** A team's calls, page by page: the store joins the pages of a connection. */
async function calls(id: string) {
  const first = createOperationDescriptor(getRequest(CALLS), { id, period });
  environment.retain(first);
  let after: string | null | undefined;
  for (;;) {
    await fetchQuery<teamCallsQuery>(environment, CALLS, { id, period, after }).toPromise();
    const { data } = environment.lookup(first.fragment);
    const listed = (data as teamCallsQuery['response']).node?.calls;
    if (!listed?.pageInfo.hasNextPage) {
      return { total: listed?.totalCount, listed: listed?.edges.map(({ node }) => node.id) };
    }
    after = listed.pageInfo.endCursor;
  }
}

async function refused(id: string) {
  const tooLong = { days: { from: '2020-01-01', to: '2025-12-31' } };
  try {
    const asked = { id, period: tooLong };
    const found = await fetchQuery<teamRefetchQuery>(environment, REFETCH, asked).toPromise();
    return found?.node?.callStats === null ? 'null beside an error' : 'nothing';
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'NETWORK';
  }
}

const list = await fetchQuery<teamListQuery>(environment, LIST, { period }).toPromise();
const teams = list?.groups.nodes ?? [];
const id = teams[0]?.id ?? '';
const again = await fetchQuery<teamRefetchQuery>(environment, REFETCH, { id, period }).toPromise();
console.log(
  JSON.stringify({
    groups: teams.map(({ name, callStats }) => ({
      name,
      calls: callStats?.totalCall,
      answerRate: callStats?.answerRate,
    })),
    refetched: { name: again?.node?.name, answered: again?.node?.callStats?.totalAnswered },
    calls: await Promise.all(teams.map((team) => calls(team.id))),
    refused: await refused(id),
  }),
);
