import { period, token, url } from '../asked';
import { graphql } from '../generated';
import { codeOf, createClient } from './client';

const TEAMS = graphql(`
  query Teams($period: Period!) {
    groups {
      nodes {
        id
        uuid
        name
        callStats(period: $period) {
          totalCall
          answerRate
        }
        dailyReports(period: $period) {
          date
          totalCall
        }
      }
    }
  }
`);

const TEAM_CALLS = graphql(`
  query TeamCalls($uuid: UUID!, $period: Period!, $after: String) {
    group(uuid: $uuid) {
      id
      calls(period: $period, first: 2, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          startedAt
          status
        }
      }
    }
  }
`);

const client = createClient({ url, token: () => token, signIn: async () => console.error('sign in again') });

async function teams() {
  const { data, error } = await client.query(TEAMS, { period }).toPromise();
  if (!data) throw error;
  return data.groups.nodes;
}

/** A team's calls, page by page: the cache joins them to one list. */
async function calls(uuid: string) {
  let after: string | null | undefined;
  for (;;) {
    const { data } = await client.query(TEAM_CALLS, { uuid, period, after }).toPromise();
    const listed = data?.group?.calls;
    if (!listed?.pageInfo.hasNextPage) {
      return { total: listed?.totalCount, listed: listed?.nodes.map(({ id }) => id) };
    }
    after = listed.pageInfo.endCursor;
  }
}

async function refused() {
  const tooLong = { days: { from: '2020-01-01', to: '2025-12-31' } };
  return codeOf((await client.query(TEAMS, { period: tooLong }).toPromise()).error);
}

const groups = await teams();
console.log(
  JSON.stringify({
    groups: groups.map(({ name, callStats, dailyReports }) => ({
      name,
      calls: callStats?.totalCall,
      answerRate: callStats?.answerRate,
      days: dailyReports?.map((day) => day.totalCall),
    })),
    calls: await Promise.all(groups.map(({ uuid }) => calls(uuid))),
    refused: await refused(),
  }),
);
