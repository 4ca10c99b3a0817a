import type { Place } from '../address';
import { countsOf, type Present, STATES, useNowOf } from '../people';
import { peopleOf } from '../subject';
import { useWords } from '../words';
import { Link } from './link';
import { Panel } from './panel';
import { Since, State } from './since';

const LONGEST = 4;

/** What agents do now. */
export function NowPanel({ place }: { place: Place }) {
  const { texts, format } = useWords();
  const { question, present } = useNowOf(peopleOf(place));
  const people = present && [...present.values()].filter(({ uuid }) => !place.agent || uuid === place.agent);
  const active = people?.filter(({ activity }) => activity) ?? [];
  const lead = people && !place.agent ? texts.loggedIn(format.count(active.length)) : undefined;
  return (
    <Panel
      title={texts.now}
      lead={lead}
      question={question}
      data={people}
      rows={(found) => [
        [texts.name, texts.doesNow, texts.since],
        ...found.map(({ displayName, activity }) => [
          displayName,
          activity ? texts.states[activity.state] : texts.loggedOut,
          activity && format.instant(activity.since),
        ]),
      ]}
      class="now"
    >
      {(found) =>
        place.agent ? (
          <One user={found[0]} />
        ) : active.length ? (
          <Many people={active} />
        ) : (
          <p class="empty">{texts.noActivities}</p>
        )
      }
    </Panel>
  );
}

function One({ user }: { user: Present | undefined }) {
  const activity = user?.activity;
  return (
    <p class="one">
      <State state={activity?.state ?? null} />
      {activity && (
        <>
          <b>
            <Since instant={activity.since} />
          </b>
          {activity.pauseCode}
        </>
      )}
    </p>
  );
}

export function StateCounts({ people }: { people: Present[] }) {
  const { format } = useWords();
  const counts = countsOf(people);
  return (
    <ul class="states">
      {STATES.map((state) => (
        <li key={state}>
          <State state={state} />
          <b>{format.count(counts[state])}</b>
          <span
            class={`bar state-${state}`}
            style={{ width: `${(counts[state] / Math.max(1, people.length)) * 100}%` }}
          />
        </li>
      ))}
    </ul>
  );
}

function Many({ people }: { people: Present[] }) {
  const { texts } = useWords();
  const paused = people
    .filter(({ activity }) => activity?.state === 'PAUSE')
    .sort((a, b) => a.activity!.since.localeCompare(b.activity!.since))
    .slice(0, LONGEST);
  return (
    <>
      <StateCounts people={people} />
      <h3>{texts.longest}</h3>
      {paused.length === 0 && <p class="lead">{texts.nobodyPaused}</p>}
      <ul class="longest">
        {paused.map(({ uuid, displayName, activity }) => (
          <li key={uuid}>
            <Link to={{ agent: uuid, view: 'overview' }}>{displayName}</Link>
            <span class="lead">{activity!.pauseCode}</span>
            <Since instant={activity!.since} />
          </li>
        ))}
      </ul>
    </>
  );
}
