import type { FiguresFragment } from '../documents/generated';
import { type Format, NOTHING } from '../format';
import type { Texts } from '../texts/en';
import { useWords } from '../words';

export type Figures = FiguresFragment;
type Better = 'more' | 'less' | 'neither';

/** A figure of calls: how it is called, counted, written and compared. */
export interface Measure {
  key: keyof Texts['figures'];
  unit: 'count' | 'rate' | 'length';
  better: Better;
  of(figures: Figures): number | null;
}

const averageWait = ({ totalWaitsec, totalCall }: Figures) => (totalCall ? totalWaitsec / totalCall : null);

export const MEASURES = {
  calls: { key: 'calls', unit: 'count', better: 'neither', of: (f) => f.totalCall },
  answered: { key: 'answered', unit: 'count', better: 'more', of: (f) => f.totalAnswered },
  inbound: { key: 'inbound', unit: 'count', better: 'neither', of: (f) => f.totalInbound },
  outbound: { key: 'outbound', unit: 'count', better: 'neither', of: (f) => f.totalOutbound },
  inboundRate: { key: 'inboundRate', unit: 'rate', better: 'more', of: (f) => f.inboundAnswerRate },
  outboundRate: { key: 'outboundRate', unit: 'rate', better: 'more', of: (f) => f.outboundAnswerRate },
  speedOfAnswer: { key: 'speedOfAnswer', unit: 'length', better: 'less', of: (f) => f.averageSpeedOfAnswer },
  averageWait: { key: 'averageWait', unit: 'length', better: 'less', of: averageWait },
  totalWait: { key: 'totalWait', unit: 'length', better: 'less', of: (f) => f.totalWaitsec },
  averageTalk: { key: 'averageTalk', unit: 'length', better: 'neither', of: (f) => f.averageBillsec },
  totalTalk: { key: 'totalTalk', unit: 'length', better: 'neither', of: (f) => f.totalBillsec },
  abandonRate: { key: 'abandonRate', unit: 'rate', better: 'less', of: (f) => f.abandonRate },
} satisfies Record<string, Measure>;

export function written(format: Format, unit: Measure['unit'], value: number | null): string {
  return format[unit](value);
}

/** A dash that says why there is no figure. */
export function Nothing({ why }: { why: string }) {
  return (
    <span class="nothing" title={why}>
      <span aria-hidden="true">{NOTHING}</span>
      <span class="unseen">{why}</span>
    </span>
  );
}

interface Props {
  measure: Measure;
  figures: Figures;
  before?: Figures | null;
}

export function Figure({ measure, figures, before }: Props) {
  const { texts, format } = useWords();
  const value = measure.of(figures);
  const lost = measure === MEASURES.abandonRate && figures.totalInbound > 0;
  return (
    <Tile
      label={texts.figures[measure.key]}
      meaning={(texts.meanings as Partial<Record<Measure['key'], string>>)[measure.key]}
      value={
        value === null ? <Nothing why={lost ? texts.notTold : texts.noValue} /> : written(format, measure.unit, value)
      }
      below={before ? <Change measure={measure} value={value} before={measure.of(before)} /> : null}
    />
  );
}

interface TileProps {
  label: string;
  meaning?: string;
  value: preact.ComponentChildren;
  below?: preact.ComponentChildren;
}

export function Tile({ label, meaning, value, below }: TileProps) {
  return (
    <div class="figure">
      <dt title={meaning}>{label}</dt>
      <dd class="value">{value}</dd>
      <dd class="change">{below}</dd>
    </div>
  );
}

/** By how much, and what it was: the sign and the words carry it, the colour only helps. */
function Change({ measure, value, before }: { measure: Measure; value: number | null; before: number | null }) {
  const { texts, format } = useWords();
  const was = `${texts.yesterday} ${written(format, measure.unit, before)}`;
  if (value === null || before === null) return <>{was}</>;
  const difference = value - before;
  return (
    <>
      <span class={toneOf(measure.better, difference)}>{changed(measure, difference, before, format, texts)}</span>{' '}
      {was}
    </>
  );
}

function changed({ unit }: Measure, difference: number, before: number, format: Format, texts: Texts): string {
  if (Math.abs(difference) < 1e-9) return texts.noChange;
  if (unit === 'rate') return texts.points(format.change(difference * 100));
  if (unit === 'length' && Math.abs(difference) < 3600) {
    const sign = Math.round(difference) > 0 ? '+' : Math.round(difference) < 0 ? '−' : '±';
    return `${sign}${format.length(Math.abs(difference))}`;
  }
  return before ? format.share(difference / before) : format.change(difference);
}

function toneOf(better: Better, difference: number): string {
  if (better === 'neither' || Math.abs(difference) < 1e-9) return 'tone-none';
  return difference > 0 === (better === 'more') ? 'tone-good' : 'tone-bad';
}
