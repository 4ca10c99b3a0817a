import { token, url } from '../asked';
import { graphql } from '../generated';
import { createClient } from './client';

const CHANGES = graphql(`
  subscription Changes {
    dataVersion
  }
`);

const BOARD = graphql(`
  query BoardToday {
    domain {
      id
      dataVersion
      callStats(period: { preset: TODAY }) {
        totalCall
        totalAnswered
      }
    }
  }
`);

const client = createClient({ url, token: () => token, signIn: async () => console.error('sign in again') });

// A page of many questions asks them again when something has changed, and only then.
client.subscription(CHANGES, {}).subscribe(async ({ error }) => {
  if (error) return console.error(String(error));
  const { data } = await client.query(BOARD, {}, { requestPolicy: 'network-only' }).toPromise();
  const figures = data?.domain.callStats;
  if (figures) console.log(`${figures.totalCall} calls, ${figures.totalAnswered} answered`);
});
