import type { Texts } from '../texts/en';
import { type Figures, type Measure, MEASURES } from './figure';
import type { Column } from './table';

const SHOWN: (Measure & { extra?: boolean })[] = [
  MEASURES.calls,
  { ...MEASURES.inbound, extra: true },
  { ...MEASURES.outbound, extra: true },
  MEASURES.answered,
  MEASURES.inboundRate,
  MEASURES.outboundRate,
  { ...MEASURES.speedOfAnswer, extra: true },
  { ...MEASURES.averageTalk, extra: true },
  { ...MEASURES.totalTalk, extra: true },
];

/** The columns of calls' figures, for rows that have them. */
export function figureColumns<R>(texts: Texts, figuresOf: (row: R) => Figures | null): Column<R>[] {
  return SHOWN.map(({ key, unit, of, extra }) => ({
    key,
    title: texts.figures[key],
    hint: (texts.meanings as Partial<Record<Measure['key'], string>>)[key],
    unit,
    extra,
    value: (row) => {
      const figures = figuresOf(row);
      return figures && of(figures);
    },
  }));
}

export function figureIn(key: string, figures: Figures): number | null | undefined {
  return SHOWN.find((measure) => measure.key === key)?.of(figures);
}
