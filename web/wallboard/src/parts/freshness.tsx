import { FreshnessDocument, type FreshnessQuery } from '../documents/generated';
import { useAnswer } from '../question';
import { useWords } from '../words';
import { Ago } from './since';

export type Sources = FreshnessQuery['domain']['sources'];

export function useSources(): Sources | undefined {
  return useAnswer(FreshnessDocument, {}).data?.domain.sources;
}

/** How fresh the records of each system are. */
export function Freshness({ sources }: { sources: Sources | undefined }) {
  const { texts } = useWords();
  if (!sources) return <footer class="freshness" />;
  return (
    <footer class="freshness">
      <h2>{texts.freshness}</h2>
      {sources.length === 0 && <p>{texts.noSources}</p>}
      <ul>
        {sources.map(({ name, newestCall, lastImport }) => (
          <li key={name}>
            <b>{name || texts.unnamedSource}</b>
            {newestCall && (
              <span>
                {texts.newestCall} <Ago instant={newestCall} />
              </span>
            )}
            {lastImport && (
              <span>
                {texts.lastImport} {lastImport.finishedAt ? <Ago instant={lastImport.finishedAt} /> : texts.running}
              </span>
            )}
          </li>
        ))}
      </ul>
    </footer>
  );
}
