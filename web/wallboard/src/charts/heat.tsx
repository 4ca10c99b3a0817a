import { useMemo } from 'preact/hooks';

import type { PeriodFiguresFragment } from '../documents/generated';
import type { Cell } from '../csv';
import { Panel } from '../parts/panel';
import type { Question } from '../question';
import { useWords } from '../words';

type Buckets = NonNullable<PeriodFiguresFragment['timeline']>;

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const STEPS = 7;

/** The mean of the complete hours by weekday and hour; null where there is none. */
function meansOf(buckets: Buckets): (number | null)[][] {
  const sums = WEEKDAYS.map(() => HOURS.map(() => ({ calls: 0, hours: 0 })));
  for (const { isoWeekday, hour, totalCall, complete } of buckets) {
    const sum = sums[isoWeekday - 1]?.[hour];
    if (!sum || !complete) continue;
    sum.calls += totalCall;
    sum.hours += 1;
  }
  return sums.map((row) => row.map(({ calls, hours }) => (hours ? calls / hours : null)));
}

interface Props {
  question: Question<unknown>;
  /** Null if the period is too long for its hours. */
  buckets: Buckets | null | undefined;
  tooLong: boolean;
}

export function HeatMap({ question, buckets, tooLong }: Props) {
  const { texts, format } = useWords();
  const means = useMemo(() => (tooLong ? [] : buckets && meansOf(buckets)), [buckets, tooLong]);
  const rows = (found: (number | null)[][]): Cell[][] => [
    [texts.weekday, ...HOURS.map((hour) => `${String(hour).padStart(2, '0')}:00`)],
    ...found.map((row, index) => [
      format.weekday(index + 1, 'long'),
      ...row.map((mean) => (mean === null ? null : Number(mean.toFixed(2)))),
    ]),
  ];
  return (
    <Panel
      title={texts.heat}
      lead={texts.heatLead}
      question={question}
      data={means}
      rows={tooLong ? undefined : rows}
      class="heat"
    >
      {(found) => (tooLong ? <p class="empty">{texts.heatTooLong}</p> : <Grid means={found} />)}
    </Panel>
  );
}

function Grid({ means }: { means: (number | null)[][] }) {
  const { texts, format } = useWords();
  const highest = Math.max(1e-9, ...means.flat().map((mean) => mean ?? 0));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={texts.heat}>
      <table class="heat-map">
        <caption class="unseen">
          {texts.heat}: {texts.heatLead}
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">{texts.weekday}</span>
            </th>
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                {String(hour).padStart(2, '0')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {means.map((row, index) => (
            <tr key={index}>
              <th scope="row">{format.weekday(index + 1)}</th>
              {row.map((mean, hour) => (
                <td
                  key={hour}
                  class={mean === null ? 'unknown' : `heat-${mean === 0 ? 0 : Math.ceil((mean / highest) * STEPS)}`}
                  title={`${format.weekday(index + 1, 'long')}, ${String(hour).padStart(2, '0')}:00: ${mean === null ? texts.noHours : texts.mean(format.count(mean))}`}
                >
                  {mean === null ? <span class="unseen">{texts.noHours}</span> : short(mean)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** As much as a cell holds. */
function short(mean: number): string {
  if (mean >= 9950) return `${Math.round(mean / 1000)}k`;
  if (mean >= 999.5) return `${(mean / 1000).toFixed(1)}k`;
  return String(Math.round(mean));
}
