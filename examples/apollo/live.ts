import { token, url } from '../asked';
import { graphql } from '../generated';
import { createClient } from './client';

const TODAY = graphql(`
  query Today {
    domain {
      id
      callStats(period: { preset: TODAY }) {
        totalCall
        totalAnswered
      }
    }
  }
`);

const LIVE = graphql(`
  subscription LiveToday {
    domain {
      id
      callStats(period: { preset: TODAY }) {
        totalCall
        totalAnswered
      }
    }
  }
`);

const client = createClient({ url, token: () => token, onSignedOut: () => console.error('sign in again') });

// Each answer goes into the cache under the domain's id: whoever shows these figures moves along.
client.subscribe({ query: LIVE }).subscribe(({ error }) => {
  if (error) console.error(String(error));
});

client.watchQuery({ query: TODAY }).subscribe(({ data }) => {
  const figures = data?.domain?.callStats;
  if (figures) console.log(`${figures.totalCall} calls, ${figures.totalAnswered} answered`);
});
