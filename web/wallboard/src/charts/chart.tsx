import { useState } from 'preact/hooks';

import type { Cell } from '../csv';
import { Panel } from '../parts/panel';
import { type Column, rowsOf, Table } from '../parts/table';
import type { Question } from '../question';
import { useWords } from '../words';
import { type Drawing, Plot } from './plot';

export interface Part {
  name: string;
  mark: 'solid' | 'hatched' | 'line';
  value(index: number): number | null;
}

interface Props<T> {
  title: string;
  question: Question<unknown>;
  data: T | null | undefined;
  drawing(data: T): Drawing;
  parts(data: T): Part[];
  /** The name of a value in full. */
  step: { title: string; name(data: T, index: number): string };
  /** What is told beside the parts. */
  more?: (data: T) => Column<number>[];
  empty(data: T): boolean;
}

/** A chart, its legend that tells the values under the pointer, and the same as a table. */
export function Chart<T>({ title, question, data, drawing, parts, step, more, empty }: Props<T>) {
  const { texts } = useWords();
  const [asTable, setTable] = useState(false);
  const columns = (found: T): Column<number>[] => [
    { key: 'step', title: step.title, value: (index) => step.name(found, index) },
    ...parts(found).map(({ name, value }) => ({ key: name, title: name, unit: 'count' as const, value })),
    ...(more?.(found) ?? []),
  ];
  const rows = (found: T): Cell[][] =>
    rowsOf(
      columns(found),
      drawing(found).names.map((_, index) => index),
    );
  const toggle = (
    <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setTable(!asTable)}>
      {texts.asTable}
    </button>
  );
  return (
    <Panel title={title} question={question} data={data} rows={rows} tools={toggle} class="chart">
      {(found) =>
        asTable ? (
          <Table
            caption={title}
            columns={columns(found)}
            rows={drawing(found).names.map((_, index) => index)}
            id={String}
          />
        ) : (
          <Drawn
            title={title}
            drawing={drawing(found)}
            parts={parts(found)}
            name={(index) => step.name(found, index)}
            empty={empty(found)}
          />
        )
      }
    </Panel>
  );
}

interface DrawnProps {
  title: string;
  drawing: Drawing;
  parts: Part[];
  name(index: number): string;
  empty: boolean;
}

export function Drawn({ title, drawing, parts, name, empty }: DrawnProps) {
  const { texts, format } = useWords();
  const [index, setIndex] = useState<number | null>(null);
  const pointed = index !== null && index < drawing.names.length ? index : null;
  return (
    <figure class="drawn">
      <figcaption class="legend">
        <span class="pointed">{pointed === null ? '' : name(pointed)}</span>
        {parts.map((part) => (
          <span key={part.name} class="part">
            <span class={`mark mark-${part.mark}`} aria-hidden="true" />
            {part.name}
            <b>{pointed === null ? '' : format.count(part.value(pointed))}</b>
          </span>
        ))}
      </figcaption>
      <Plot
        label={`${title}. ${texts.asTable}: ${parts.map((part) => part.name).join(', ')}.`}
        {...drawing}
        onPoint={setIndex}
      />
      {empty && <p class="over">{texts.empty.period}</p>}
    </figure>
  );
}
