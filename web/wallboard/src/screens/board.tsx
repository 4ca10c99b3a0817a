import { useEffect } from 'preact/hooks';

import { type Place, useWay } from '../address';
import { Freshness, useSources } from '../parts/freshness';
import { Bar, type Choices, Head, VIEWS_OF } from '../parts/head';
import { Link } from '../parts/link';
import { LookContext } from '../parts/look';
import { OfflineBanner } from '../parts/status';
import type { Session } from '../session';
import { kindOf, useToday } from '../subject';
import { useWords } from '../words';
import { Agents } from './agents';
import { Calls } from './calls';
import { Groups } from './groups';
import { Overview } from './overview';
import { Wall } from './wall';

interface Props extends Choices {
  session: Session;
  dark: boolean;
  onSignOut(): void;
}

/** What somebody sees who is signed in. */
export function Board({ session: { viewer }, dark, ...props }: Props) {
  const { texts } = useWords();
  const { place } = useWay();
  const today = useToday(place);
  const sources = useSources();
  const subject = today.data?.subject;
  const title = kindOf(place) === 'domain' ? viewer.domain.name : (subject?.name ?? viewer.domain.name);
  // A view that such a subject does not have is its overview.
  const view =
    place.view === 'wall' ? 'wall' : (VIEWS_OF[kindOf(place)].find((each) => each === place.view) ?? 'overview');

  useEffect(() => {
    document.title = `${title} – ${texts.title}`;
  }, [title, texts]);

  if (view === 'wall') {
    return (
      <LookContext.Provider value={{ dark, wall: true }}>
        <OfflineBanner />
        <Wall place={place} title={title} today={today} />
      </LookContext.Provider>
    );
  }
  const empty = subject?.today?.totalCall === 0 && sources?.length === 0;
  return (
    <LookContext.Provider value={{ dark, wall: false }}>
      <a class="skip" href="#figures">
        {texts.skip}
      </a>
      <Head viewer={viewer} {...props} />
      <OfflineBanner />
      <Bar place={place} view={view} viewer={viewer} subject={subject} />
      <main class="board" id="figures" tabIndex={-1}>
        {subject === null ? <Missing /> : empty ? <EmptyDomain /> : <Content view={view} place={place} today={today} />}
      </main>
      <Freshness sources={sources} />
    </LookContext.Provider>
  );
}

interface ContentProps {
  view: Place['view'];
  place: Place;
  today: ReturnType<typeof useToday>;
}

function Content({ view, place, today }: ContentProps) {
  switch (view) {
    case 'groups':
      return <Groups place={place} />;
    case 'agents':
      return <Agents place={place} />;
    case 'calls':
      return <Calls place={place} />;
    default:
      return <Overview place={place} today={today} />;
  }
}

function Missing() {
  const { texts } = useWords();
  return (
    <div class="message">
      <p>{texts.empty.missing}</p>
      <Link to={{ group: null, agent: null, view: 'overview' }}>{texts.empty.back}</Link>
    </div>
  );
}

function EmptyDomain() {
  const { texts } = useWords();
  return (
    <div class="message">
      <h2>{texts.empty.domain}</h2>
      <p>{texts.empty.domainLead}</p>
    </div>
  );
}
