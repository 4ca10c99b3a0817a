import type { ComponentChildren } from 'preact';
import { useContext, useId } from 'preact/hooks';

import { type Cell, download } from '../csv';
import { AskingContext, type Question } from '../question';
import { useWords } from '../words';
import { Icon } from './icons';

interface Props<T> {
  title: string;
  lead?: ComponentChildren;
  tools?: ComponentChildren;
  question: Question<unknown>;
  /** What there is to draw; undefined as long as there is nothing, null if the gateway could not tell. */
  data: T | null | undefined;
  /** What the screen shows, as rows, the first of them the titles. */
  rows?: (data: T) => Cell[][];
  class?: string;
  children(data: T): ComponentChildren;
}

/** A part of the screen with a title: waiting, failed, or with its content. */
export function Panel<T>({ title, lead, tools, question, data, rows, class: name = '', children }: Props<T>) {
  const id = useId();
  const ready = data !== undefined && data !== null;
  return (
    <section class={`panel ${name}`} aria-labelledby={id} aria-busy={question.waiting}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {lead && <p class="lead">{lead}</p>}
        <div class="tools">
          {tools}
          {ready && rows && <Download title={title} rows={() => rows(data)} />}
        </div>
      </header>
      {ready && question.problem ? <p class="notice">{question.problem}</p> : null}
      <div class={question.waiting && ready ? 'content old' : 'content'}>
        {ready ? (
          children(data)
        ) : question.problem === undefined && data === undefined ? (
          <Skeleton />
        ) : (
          <Failed reason={question.problem} />
        )}
      </div>
    </section>
  );
}

function Download({ title, rows }: { title: string; rows(): Cell[][] }) {
  const { texts } = useWords();
  return (
    <button type="button" class="quiet" onClick={() => download(title, rows())} aria-label={texts.downloadOf(title)}>
      <Icon name="down" /> {texts.download}
    </button>
  );
}

/** Takes the room of what is coming. */
function Skeleton() {
  const { texts } = useWords();
  return (
    <div class="skeleton">
      <span class="unseen">{texts.waiting}</span>
    </div>
  );
}

function Failed({ reason }: { reason: string | undefined }) {
  const { texts } = useWords();
  const { again } = useContext(AskingContext);
  return (
    <div class="failed">
      <p>{texts.failed}</p>
      {reason ? <p class="lead">{reason}</p> : null}
      <button type="button" onClick={again}>
        {texts.again}
      </button>
    </div>
  );
}
