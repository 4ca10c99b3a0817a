import { Environment, type FetchFunction, Network, RecordSource, ROOT_TYPE, Store } from 'relay-runtime';

/** What went wrong, by its code: messages are for people and may change. */
export class GatewayError extends Error {
  readonly code: string;

  constructor({ message, extensions }: { message: string; extensions?: { code?: string } }) {
    super(message);
    this.code = extensions?.code ?? 'INTERNAL';
  }
}

function asking(url: string, token: () => string): FetchFunction {
  return async ({ name, text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        Accept: 'application/graphql-response+json, application/json',
        Authorization: `Bearer ${token()}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    });
    const answer = await response.json();
    // Data beside errors is shown: a figure that failed is null.
    if (!answer.data) throw new GatewayError(answer.errors[0]);
    return answer;
  };
}

export function createEnvironment(url: string, token: () => string): Environment {
  return new Environment({
    network: Network.create(asking(url, token)),
    store: new Store(new RecordSource()),
    missingFieldHandlers: [
      {
        // What a list has brought need not be asked for again by its id.
        kind: 'linked',
        handle(field, record, { id }) {
          const isNode = field.name === 'node' && record?.getType() === ROOT_TYPE;
          return isNode ? id : undefined;
        },
      },
    ],
  });
}
