import { useId, useState } from 'preact/hooks';

import { periodInput, type Place } from '../address';
import { TopDocument, type TopQuery } from '../documents/generated';
import { useAnswer } from '../question';
import { peopleOf } from '../subject';
import { useWords } from '../words';
import { Link } from './link';
import { Panel } from './panel';
import { type Column, rowsOf, Table } from './table';

type Ranked = NonNullable<TopQuery['users']['ranking']>[number];

const METRICS = ['TOTAL_CALL', 'TOTAL_ANSWERED', 'TOTAL_BILLSEC', 'ANSWER_RATE', 'AVERAGE_SPEED_OF_ANSWER'] as const;

export function TopPanel({ place }: { place: Place }) {
  const { texts } = useWords();
  const [by, setBy] = useState<(typeof METRICS)[number]>('TOTAL_CALL');
  const id = useId();
  const question = useAnswer(TopDocument, {
    by,
    period: periodInput(place.period),
    zone: place.zone,
    people: peopleOf(place),
  });
  const columns: Column<Ranked>[] = [
    { key: 'rank', title: texts.rank, value: ({ rank }) => rank },
    {
      key: 'name',
      title: texts.agent,
      value: ({ user }) => user.displayName,
      shown: ({ user }) => <Link to={{ agent: user.uuid, view: 'overview' }}>{user.displayName}</Link>,
    },
    { key: 'TOTAL_CALL', title: texts.figures.calls, unit: 'count', value: ({ callStats }) => callStats.totalCall },
    {
      key: 'TOTAL_ANSWERED',
      title: texts.figures.answered,
      unit: 'count',
      value: ({ callStats }) => callStats.totalAnswered,
    },
    {
      key: 'ANSWER_RATE',
      title: texts.figures.answerRate,
      unit: 'rate',
      value: ({ callStats }) => callStats.answerRate,
    },
    {
      key: 'TOTAL_BILLSEC',
      title: texts.figures.totalTalk,
      unit: 'length',
      value: ({ callStats }) => callStats.totalBillsec,
    },
    {
      key: 'AVERAGE_SPEED_OF_ANSWER',
      title: texts.figures.speedOfAnswer,
      unit: 'length',
      value: ({ callStats }) => callStats.averageSpeedOfAnswer,
    },
  ];
  const ranked =
    question.data && (question.data.users.ranking?.filter(({ callStats }) => callStats.totalCall > 0) ?? null);
  return (
    <Panel
      title={texts.top}
      question={question}
      data={ranked}
      rows={(found) => rowsOf(columns, found)}
      tools={
        <label class="field" for={id}>
          {texts.topBy}{' '}
          <select id={id} value={by} onChange={(event) => setBy(event.currentTarget.value as typeof by)}>
            {METRICS.map((metric) => (
              <option key={metric} value={metric}>
                {texts.metrics[metric]}
              </option>
            ))}
          </select>
        </label>
      }
      class="top"
    >
      {(found) => (
        <Table
          caption={texts.top}
          columns={columns}
          rows={found}
          id={({ user }) => user.uuid}
          empty={texts.nobodyRanked}
        />
      )}
    </Panel>
  );
}
