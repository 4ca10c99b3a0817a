import { useCallback, useMemo } from 'preact/hooks';

import type { TodayFiguresFragment } from '../documents/generated';
import type { Question } from '../question';
import { useLook } from '../parts/look';
import { useWords } from '../words';
import { Chart, Drawn, type Part } from './chart';
import { bars, type Drawing, line } from './plot';

type Hours = Pick<TodayFiguresFragment, 'hours' | 'hoursOfYesterday'>;

export interface ByHour {
  names: string[];
  complete: (number | null)[];
  running: (number | null)[];
  yesterday: (number | null)[];
}

const DAY = Array.from({ length: 24 }, (_, hour) => hour);

/** By the hand of the clock: where it is set back, two hours of the day are one here. */
export function byHour({ hours, hoursOfYesterday }: Hours, now: number): ByHour | null {
  if (!hours || !hoursOfYesterday) return null;
  const begun = hours.filter(({ start }) => Date.parse(start) <= now);
  const last = begun.at(-1);
  const sum = (buckets: { hour: number; totalCall: number }[], hour: number) => {
    const found = buckets.filter((bucket) => bucket.hour === hour);
    return found.length ? found.reduce((total, { totalCall }) => total + totalCall, 0) : null;
  };
  return {
    names: DAY.map((hour) => String(hour).padStart(2, '0')),
    complete: DAY.map((hour) => (hour === last?.hour && !last.complete ? null : sum(begun, hour))),
    running: DAY.map((hour) => (hour === last?.hour && !last.complete ? sum(begun, hour) : null)),
    yesterday: DAY.map((hour) => sum(hoursOfYesterday, hour)),
  };
}

function useHourChart(data: ByHour | null | undefined) {
  const { texts, format } = useWords();
  const { wall } = useLook();
  const number = useCallback((value: number) => format.count(value), [format]);
  const drawing = useMemo<Drawing | undefined>(
    () =>
      data
        ? {
            names: data.names,
            data: [data.complete, data.running, data.yesterday],
            series: (colours, hatch) => [
              bars(colours.strong, colours.strong),
              bars(hatch, colours.strong),
              line(colours.other, wall ? 2 : 1),
            ],
            number,
          }
        : undefined,
    [data, number, wall],
  );
  const parts = (found: ByHour): Part[] => [
    { name: texts.hoursToday, mark: 'solid', value: (index) => found.complete[index] ?? found.running[index] ?? null },
    ...(found.running.some((value) => value !== null)
      ? [{ name: texts.hoursRunning, mark: 'hatched' as const, value: (index: number) => found.running[index] ?? null }]
      : []),
    { name: texts.hoursYesterday, mark: 'line', value: (index) => found.yesterday[index] ?? null },
  ];
  const name = (index: number) => `${String(index).padStart(2, '0')}:00–${String(index + 1).padStart(2, '0')}:00`;
  return { drawing, parts, name };
}

interface Props {
  question: Question<unknown>;
  data: ByHour | null | undefined;
}

export function HourChart({ question, data }: Props) {
  const { texts } = useWords();
  const { drawing, parts, name } = useHourChart(data);
  return (
    <Chart
      title={texts.hours}
      question={question}
      data={data}
      drawing={() => drawing!}
      parts={parts}
      step={{ title: texts.hour, name: (_, index) => name(index) }}
      empty={({ complete, running, yesterday }) => ![...complete, ...running, ...yesterday].some(Boolean)}
    />
  );
}

/** The chart alone, for the wall. */
export function BareHourChart({ data }: { data: ByHour }) {
  const { texts } = useWords();
  const { drawing, parts, name } = useHourChart(data);
  return <Drawn title={texts.hours} drawing={drawing!} parts={parts(data)} name={name} empty={false} />;
}
