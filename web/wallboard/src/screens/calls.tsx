import { useState } from 'preact/hooks';

import { periodInput, type Place } from '../address';
import {
  type CallFilter,
  type CallPageFragment,
  type CallStatus,
  type Direction,
  DomainCallsDocument,
  GroupCallsDocument,
  UserCallsDocument,
} from '../documents/generated';
import { Link } from '../parts/link';
import { Panel } from '../parts/panel';
import { type Column, rowsOf, Table } from '../parts/table';
import { useAnswer } from '../question';
import { kindOf } from '../subject';
import { useWords } from '../words';

type Call = CallPageFragment['nodes'][number];

const DOCUMENTS = { domain: DomainCallsDocument, group: GroupCallsDocument, agent: UserCallsDocument } as const;
const STEP = 100;
// As many as the gateway gives in one page.
const MOST = 500;

export function Calls({ place }: { place: Place }) {
  const { texts, format } = useWords();
  const [first, setFirst] = useState(STEP);
  const [direction, setDirection] = useState<Direction | ''>('');
  const [status, setStatus] = useState<CallStatus | ''>('');
  const filter: CallFilter = { ...(direction && { direction: [direction] }), ...(status && { status: [status] }) };
  const kind = kindOf(place);
  const uuid = place.agent ?? place.group;
  const question = useAnswer(DOCUMENTS[kind] as typeof GroupCallsDocument, {
    ...((uuid ? { uuid } : {}) as { uuid: string }),
    period: periodInput(place.period),
    zone: place.zone,
    filter,
    first,
  });
  const subject = question.data?.subject;
  const page = subject && subject.calls;
  const columns = columnsOf(texts, format, kind !== 'agent');
  const counted = subject?.callStats?.totalCall;
  const reconciled = page && !direction && !status && page.totalCount === counted;
  return (
    <Panel
      title={texts.callsTitle}
      lead={
        page && (
          <>
            <b class="total-count">{texts.callsCount(format.count(page.totalCount))}</b>
            {reconciled && ` · ${texts.callsReconcile(format.count(counted!))}`}
          </>
        )
      }
      question={question}
      data={page}
      rows={({ nodes }) => rowsOf(columns, nodes)}
      tools={
        <>
          <Choice
            label={texts.direction}
            any={texts.anyDirection}
            names={texts.directions}
            value={direction}
            onValue={(chosen) => setDirection(chosen)}
          />
          <Choice
            label={texts.outcome}
            any={texts.anyOutcome}
            names={texts.outcomes}
            value={status}
            onValue={(chosen) => setStatus(chosen)}
          />
        </>
      }
      class="list"
    >
      {({ nodes, totalCount }) => (
        <>
          <Table
            caption={texts.callsTitle}
            columns={columns}
            rows={nodes}
            id={({ uuid: call }) => call}
            empty={texts.empty.calls}
          />
          {totalCount > nodes.length && (
            <p class="under">
              {texts.callsShown(format.count(nodes.length), format.count(totalCount))}{' '}
              {first < MOST && (
                <button type="button" onClick={() => setFirst(first + STEP)}>
                  {texts.more}
                </button>
              )}
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  any: string;
  names: Record<T, string>;
  value: T | '';
  onValue(value: T | ''): void;
}

function Choice<T extends string>({ label, any, names, value, onValue }: ChoiceProps<T>) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onValue(event.currentTarget.value as T | '')}>
      <option value="">{any}</option>
      {(Object.entries(names) as [T, string][]).map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  );
}

type Words = ReturnType<typeof useWords>;

function columnsOf(texts: Words['texts'], format: Words['format'], withAgent: boolean): Column<Call>[] {
  const agent: Column<Call> = {
    key: 'agent',
    title: texts.agent,
    value: ({ user }) => user?.displayName ?? '',
    shown: ({ user }) => user && <Link to={{ agent: user.uuid, view: 'calls' }}>{user.displayName}</Link>,
  };
  return [
    { key: 'started', title: texts.started, value: ({ startedAt }) => format.instant(startedAt) },
    { key: 'direction', title: texts.direction, value: ({ direction }) => texts.directions[direction] },
    {
      key: 'status',
      title: texts.outcome,
      value: ({ status }) => texts.outcomes[status],
      shown: ({ status, statusExplanation }) => (
        <span class={status === 'ANSWERED' ? 'answered' : 'unanswered'} title={statusExplanation ?? undefined}>
          {texts.outcomes[status]}
        </span>
      ),
    },
    { key: 'caller', title: texts.caller, value: ({ callerNumber }) => callerNumber },
    { key: 'callee', title: texts.callee, value: ({ calleeNumber }) => calleeNumber },
    ...(withAgent ? [agent] : []),
    { key: 'extension', title: texts.extension, extra: true, value: ({ extensionNumber }) => extensionNumber },
    { key: 'wait', title: texts.wait, unit: 'length', value: ({ waitsec }) => waitsec },
    { key: 'talk', title: texts.talk, unit: 'length', value: ({ billsec }) => billsec },
    { key: 'duration', title: texts.duration, unit: 'length', extra: true, value: ({ duration }) => duration },
  ];
}
