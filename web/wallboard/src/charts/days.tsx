import { useCallback, useMemo } from 'preact/hooks';

import type { PeriodFiguresFragment } from '../documents/generated';
import type { Question } from '../question';
import { useWords } from '../words';
import { Chart } from './chart';
import { bars, type Drawing } from './plot';

type Days = NonNullable<PeriodFiguresFragment['dailyReports']>;

interface Props {
  question: Question<unknown>;
  days: Days | null | undefined;
}

/** Answered calls of all calls, day by day: the one bar stands in front of the other. */
export function DayChart({ question, days }: Props) {
  const { texts, format } = useWords();
  const number = useCallback((value: number) => format.count(value), [format]);
  const drawing = useMemo<Drawing | undefined>(
    () =>
      days
        ? {
            names: days.map(({ date }) => format.day(date)),
            data: [days.map(({ totalCall }) => totalCall), days.map(({ totalAnswered }) => totalAnswered)],
            series: (colours, hatch) => [bars(hatch, colours.weak), bars(colours.strong, colours.strong)],
            number,
          }
        : undefined,
    [days, format, number],
  );
  return (
    <Chart
      title={texts.dayChart}
      question={question}
      data={days}
      drawing={() => drawing!}
      parts={(found) => [
        { name: texts.figures.answered, mark: 'solid', value: (index) => found[index]?.totalAnswered ?? null },
        {
          name: texts.figures.unanswered,
          mark: 'hatched',
          value: (index) => (found[index] ? found[index].totalCall - found[index].totalAnswered : null),
        },
      ]}
      step={{ title: texts.day, name: (found, index) => (found[index] ? format.day(found[index].date, 'long') : '') }}
      more={(found) => [
        { key: 'all', title: texts.figures.calls, unit: 'count', value: (index) => found[index]?.totalCall ?? null },
        {
          key: 'in',
          title: texts.figures.inbound,
          unit: 'count',
          value: (index) => found[index]?.totalInbound ?? null,
        },
        {
          key: 'out',
          title: texts.figures.outbound,
          unit: 'count',
          value: (index) => found[index]?.totalOutbound ?? null,
        },
        {
          key: 'rate',
          title: texts.figures.answerRate,
          unit: 'rate',
          value: (index) => found[index]?.answerRate ?? null,
        },
      ]}
      empty={(found) => found.every(({ totalCall }) => totalCall === 0)}
    />
  );
}
