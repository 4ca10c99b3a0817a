import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useMemo, useState } from 'react';

import { fetcherOf, type Session } from './gateway';
import { TABS } from './tabs';
import { TokenBar } from './token-bar';

const EXPLORER = explorerPlugin({ showAttribution: false });
const PLUGINS = [EXPLORER, HISTORY_PLUGIN];

export function Page() {
  const [session, setSession] = useState<Session | null>(null);
  const fetcher = useMemo(() => fetcherOf(session), [session]);
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
