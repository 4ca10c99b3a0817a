import { useMemo } from 'preact/hooks';

import { type Place } from '../address';
import { DayChart } from '../charts/days';
import { HeatMap } from '../charts/heat';
import { byHour, HourChart } from '../charts/hours';
import { now, useNow } from '../clock';
import { Figure, type Figures, type Measure, MEASURES, Nothing, Tile } from '../parts/figure';
import { NowPanel } from '../parts/now';
import { Panel } from '../parts/panel';
import { TopPanel } from '../parts/top';
import type { Question } from '../question';
import { type InPeriod, kindOf, type Today, usePeriod } from '../subject';
import { useWords } from '../words';

const COMPARED: Measure[] = [
  MEASURES.calls,
  MEASURES.inboundRate,
  MEASURES.outboundRate,
  MEASURES.speedOfAnswer,
  MEASURES.averageWait,
  MEASURES.totalWait,
  MEASURES.averageTalk,
];
// The gateway counts hours of so many days at most.
const HOURS_OF_DAYS = 120;
const DAY = 86_400_000;

interface Props {
  place: Place;
  today: Question<{ subject: Today | null }>;
}

export function Overview({ place, today }: Props) {
  const tooLong = daysOf(place) > HOURS_OF_DAYS;
  const period = usePeriod(place, !tooLong, true);
  const subject = period.data?.subject;
  return (
    <>
      <TodayPanel place={place} today={today} />
      <div class="pair wide-first">
        <Hours today={today} />
        <NowPanel place={place} />
      </div>
      <PeriodPanel place={place} period={period} />
      <div class="pair">
        <DayChart question={period} days={subject && subject.dailyReports} />
        <HeatMap question={period} buckets={subject && (subject.timeline ?? null)} tooLong={tooLong} />
      </div>
      {kindOf(place) === 'agent' ? <AgentTimePanel period={period} /> : <TopPanel place={place} />}
    </>
  );
}

function daysOf({ period }: Place): number {
  if (typeof period === 'string') return 31;
  return (Date.parse(period.to) - Date.parse(period.from)) / DAY + 1;
}

function TodayPanel({ place, today }: Props) {
  const { texts, format } = useWords();
  const time = useNow((instant) => format.time(instant));
  const subject = today.data?.subject;
  const measures = kindOf(place) === 'domain' ? [...COMPARED, MEASURES.abandonRate] : COMPARED;
  return (
    <Panel
      title={texts.today}
      lead={texts.todayLead(time)}
      question={today}
      data={subject && subject.today}
      class="today"
      rows={(figures) => figureRows(texts, measures, figures, subject?.yesterday)}
    >
      {(figures) => (
        <dl class="figures">
          {measures.map((measure, index) => (
            <>
              <Figure key={measure.key} measure={measure} figures={figures} before={subject?.yesterday} />
              {index === 0 && subject?.lastHour && (
                <Tile
                  key="lastHour"
                  label={texts.figures.lastHour}
                  meaning={texts.meanings.lastHour}
                  value={format.count(subject.lastHour.totalCall)}
                  below={`${texts.figures.answered}: ${format.count(subject.lastHour.totalAnswered)}`}
                />
              )}
            </>
          ))}
        </dl>
      )}
    </Panel>
  );
}

function figureRows(
  texts: ReturnType<typeof useWords>['texts'],
  measures: Measure[],
  figures: Figures,
  before?: Figures | null,
) {
  const exact = (value: number | null | undefined) =>
    value === null || value === undefined ? null : Number(value.toFixed(4));
  return [
    [texts.name, texts.today, texts.yesterday],
    ...measures.map(({ key, of }) => [texts.figures[key], exact(of(figures)), exact(before && of(before))]),
  ];
}

function Hours({ today }: Pick<Props, 'today'>) {
  const subject = today.data?.subject;
  const data = useMemo(() => (subject ? byHour(subject, now()) : undefined), [subject]);
  return <HourChart question={today} data={data} />;
}

function PeriodPanel({ place, period }: { place: Place; period: Question<{ subject: InPeriod | null }> }) {
  const { texts, format } = useWords();
  const subject = period.data?.subject;
  const measures = [
    MEASURES.calls,
    MEASURES.inbound,
    MEASURES.outbound,
    MEASURES.inboundRate,
    MEASURES.outboundRate,
    MEASURES.speedOfAnswer,
    MEASURES.averageTalk,
    MEASURES.totalTalk,
  ];
  const reports = subject?.dailyReports;
  const days =
    reports && [...new Set([reports[0], reports.at(-1)])].map((day) => day && format.day(day.date, 'long')).join(' – ');
  return (
    <Panel
      title={typeof place.period === 'string' ? texts.periods[place.period] : texts.period}
      lead={days && `${days} · ${format.zone}`}
      question={period}
      data={subject && subject.callStats}
      rows={(figures) => [
        [texts.name, days ?? ''],
        ...measures.map(({ key, of }) => [texts.figures[key], of(figures)]),
      ]}
      class="within"
    >
      {(figures) => (
        <dl class="figures small">
          {measures.map((measure) => (
            <Figure key={measure.key} measure={measure} figures={figures} />
          ))}
        </dl>
      )}
    </Panel>
  );
}

function AgentTimePanel({ period }: { period: Question<{ subject: InPeriod | null }> }) {
  const { texts, format } = useWords();
  const time = period.data?.subject?.agentTime;
  if (!time) return null;
  return (
    <Panel title={texts.agentTime} question={period} data={time} class="within">
      {(found) => (
        <dl class="figures small">
          <Tile label={texts.login} value={format.length(found.loginSec)} />
          <Tile label={texts.states.TALK} value={format.length(found.totalTalkSec)} />
          <Tile label={texts.states.WAIT} value={format.length(found.totalWaitSec)} />
          <Tile label={texts.states.PAUSE} value={format.length(found.totalPauseSec)} />
          <Tile label={texts.states.DISPO} value={format.length(found.totalDispoSec)} />
          <Tile
            label={texts.occupancy}
            meaning={texts.occupancyMeaning}
            value={found.occupancy === null ? <Nothing why={texts.noValue} /> : format.rate(found.occupancy)}
          />
        </dl>
      )}
    </Panel>
  );
}
