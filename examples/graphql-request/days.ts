import { ClientError, GraphQLClient } from 'graphql-request';

import { period, token, url } from '../asked';
import { graphql } from '../generated';
import type { AgentDaysQuery, Period } from '../generated/graphql';

const AGENT_DAYS = graphql(`
  query AgentDays($period: Period!, $after: String) {
    users(first: 2, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        uuid
        username
        dailyReports(period: $period) {
          date
          totalCall
          totalBillsec
        }
      }
    }
  }
`);

const client = new GraphQLClient(url, { headers: { Authorization: `Bearer ${token}` } });

type Agent = AgentDaysQuery['users']['nodes'][number];

/** Every agent, page by page. The cursor is opaque: it is given back as it came. */
async function* agents(of: Period): AsyncGenerator<Agent> {
  let after: string | null = null;
  do {
    const { users }: AgentDaysQuery = await client.request(AGENT_DAYS, { period: of, after });
    yield* users.nodes;
    after = users.pageInfo.hasNextPage ? (users.pageInfo.endCursor ?? null) : null;
  } while (after);
}

/** What went wrong, as programs should ask it: messages are for people and may change. */
function codeOf(error: unknown): string {
  const [first] = (error instanceof ClientError && error.response.errors) || [];
  return String(first?.extensions?.code ?? 'NETWORK');
}

async function refused() {
  try {
    for await (const _ of agents({ days: { from: '2020-01-01', to: '2025-12-31' } })) return 'nothing';
  } catch (error) {
    return codeOf(error);
  }
}

const days: Record<string, Record<string, { calls: number; talkSec: number }>> = {};
for await (const { username, dailyReports } of agents(period)) {
  days[username] = Object.fromEntries(
    (dailyReports ?? []).map((day) => [day.date, { calls: day.totalCall, talkSec: day.totalBillsec }]),
  );
}
console.log(JSON.stringify({ days, refused: await refused() }));
