import { filter, firstValueFrom } from 'rxjs';

import { period, token, url } from '../asked';
import { graphql } from '../generated';
import { codeOf, createClient } from './client';

const BOARD = graphql(`
  query Board($period: Period!) {
    groups {
      nodes {
        id
        name
        callStats(period: $period) {
          totalCall
          answerRate
        }
        before: callStats(period: $period, shift: DAY) {
          totalCall
        }
      }
    }
  }
`);

const TALK = graphql(`
  query Talk($period: Period!) {
    groups {
      nodes {
        id
        callStats(period: $period) {
          totalBillsec
        }
      }
    }
  }
`);

const CALLS = graphql(`
  query Calls($period: Period!, $after: String) {
    domain {
      id
      calls(period: $period, first: 4, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          node {
            id
            startedAt
            status
          }
        }
      }
    }
  }
`);

const client = createClient({ url, token: () => token, onSignedOut: () => console.error('sign in again') });

/** The teams' figures; what another component asks for meanwhile does not push them out. */
async function board() {
  const { data, error } = await client.query({ query: BOARD, variables: { period } });
  if (!data) throw error;
  await client.query({ query: TALK, variables: { period } });
  const kept = client.readQuery({ query: BOARD, variables: { period } });
  const talk = client.readQuery({ query: TALK, variables: { period } });
  return kept?.groups.nodes.map((group, place) => ({
    name: group.name,
    calls: group.callStats?.totalCall,
    answerRate: group.callStats?.answerRate,
    dayBefore: group.before?.totalCall,
    talkSec: talk?.groups.nodes[place]?.callStats?.totalBillsec,
  }));
}

/** All calls, page by page: the cache joins them to one list. */
async function calls() {
  const pages = client.watchQuery({ query: CALLS, variables: { period } });
  let page = (await firstValueFrom(pages.pipe(filter(({ loading }) => !loading)))).data?.domain?.calls;
  while (page?.pageInfo?.hasNextPage) {
    const more = await pages.fetchMore({ variables: { after: page.pageInfo.endCursor } });
    page = more.data?.domain.calls;
  }
  const joined = client.readQuery({ query: CALLS, variables: { period } })?.domain.calls;
  return { total: joined?.totalCount, listed: joined?.edges.map(({ node }) => node.id) };
}

async function refused() {
  const tooLong = { days: { from: '2020-01-01', to: '2025-12-31' } };
  const { error } = await client.query({ query: TALK, variables: { period: tooLong } });
  return codeOf(error);
}

console.log(JSON.stringify({ groups: await board(), calls: await calls(), refused: await refused() }));
client.stop();
