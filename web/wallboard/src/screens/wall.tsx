import { useEffect, useMemo } from 'preact/hooks';

import { type Place, useWay } from '../address';
import { BareHourChart, byHour } from '../charts/hours';
import { now, useNow } from '../clock';
import { Figure, MEASURES } from '../parts/figure';
import { Icon } from '../parts/icons';
import { StateCounts } from '../parts/now';
import { Panel } from '../parts/panel';
import { StatusMark } from '../parts/status';
import { useGroups, useNowOf } from '../people';
import type { Question } from '../question';
import { kindOf, peopleOf, type Today } from '../subject';
import { useWords } from '../words';

const BIG = [
  MEASURES.calls,
  MEASURES.inboundRate,
  MEASURES.outboundRate,
  MEASURES.speedOfAnswer,
  MEASURES.averageWait,
  MEASURES.averageTalk,
];
const GROUPS = 9;

interface Props {
  place: Place;
  title: string;
  today: Question<{ subject: Today | null }>;
}

/** The screen on the wall: the day in big figures, and nothing to press but the way out. */
export function Wall({ place, title, today }: Props) {
  const { texts, format } = useWords();
  const { go } = useWay();
  const time = useNow((instant) => format.timeOfDay(instant));
  const { question, present } = useNowOf(peopleOf(place));
  const subject = today.data?.subject;
  const hours = useMemo(() => (subject ? byHour(subject, now()) : undefined), [subject]);
  const active = present && [...present.values()].filter(({ activity }) => activity);
  const leave = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    go({ view: 'overview' });
  };

  useEffect(() => {
    // Out of full screen by the browser's own means, or by Escape where it never was in it.
    const left = () => document.fullscreenElement ?? go({ view: 'overview' });
    const pressed = (event: KeyboardEvent) => event.key === 'Escape' && leave();
    document.addEventListener('fullscreenchange', left);
    addEventListener('keydown', pressed);
    return () => {
      document.removeEventListener('fullscreenchange', left);
      removeEventListener('keydown', pressed);
    };
  });

  return (
    <main class="wall" id="figures">
      <header>
        <h1>{title}</h1>
        <StatusMark />
        <button type="button" class="leave" onClick={leave} aria-label={texts.leaveFullScreen}>
          <Icon name="close" />
        </button>
        <time>{time}</time>
      </header>
      <Panel title={texts.today} question={today} data={subject && subject.today} class="today">
        {(figures) => (
          <dl class="figures">
            {BIG.map((measure) => (
              <Figure key={measure.key} measure={measure} figures={figures} before={subject?.yesterday} />
            ))}
          </dl>
        )}
      </Panel>
      <Panel title={texts.hours} question={today} data={hours} class="chart">
        {(found) => <BareHourChart data={found} />}
      </Panel>
      <Panel
        title={texts.now}
        question={question}
        data={active}
        lead={active && texts.loggedIn(format.count(active.length))}
        class="now"
      >
        {(people) => (people.length ? <StateCounts people={people} /> : <p class="empty">{texts.noActivities}</p>)}
      </Panel>
      {kindOf(place) === 'domain' && <WallGroups place={place} />}
    </main>
  );
}

function WallGroups({ place }: { place: Place }) {
  const { texts, format } = useWords();
  const question = useGroups({ preset: 'TODAY' }, place.zone);
  const groups = question.data?.groups.nodes
    .filter(({ callStats }) => callStats)
    .sort((a, b) => b.callStats!.totalCall - a.callStats!.totalCall)
    .slice(0, GROUPS);
  return (
    <Panel title={texts.views.groups} question={question} data={groups} class="top">
      {(shown) => (
        <table>
          <caption class="unseen">{texts.views.groups}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.group}</th>
              <th scope="col" class="number">
                {texts.figures.calls}
              </th>
              <th scope="col" class="number">
                {texts.figures.answerRate}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ uuid, name, callStats }) => (
              <tr key={uuid}>
                <th scope="row">{name}</th>
                <td class="number">{format.count(callStats!.totalCall)}</td>
                <td class="number">{format.rate(callStats!.answerRate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
