import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';

import { fetcherOf, type Session } from './gateway';
import { liveClient } from './live';
import { TABS } from './tabs';
import { TokenBar } from './token-bar';

const EXPLORER = explorerPlugin({ showAttribution: false });
const PLUGINS = [EXPLORER, HISTORY_PLUGIN];

export function Page() {
  const [session, setSession] = useState<Session | null>(null);
  const live = useMemo(() => session && liveClient(session.token), [session]);
  const fetcher = useMemo(() => fetcherOf(session, live), [session, live]);
  // A token that is forgotten takes its subscriptions along.
  useEffect(() => () => void live?.dispose(), [live]);
  return (
    <>
      <TokenBar session={session} onSession={setSession} />
      <main>
        {/* Headers that are typed in would be kept in the history, and a token with them. */}
        <GraphiQL
          fetcher={fetcher}
          schema={session ? undefined : null}
          plugins={PLUGINS}
          visiblePlugin={EXPLORER}
          defaultTabs={TABS}
          isHeadersEditorEnabled={false}
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo> </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}
