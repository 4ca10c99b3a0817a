import { useMemo } from 'preact/hooks';

import { periodInput, type Place } from '../address';
import { figureColumns, figureIn } from '../parts/figure-columns';
import { Link } from '../parts/link';
import { Panel } from '../parts/panel';
import { Since, State } from '../parts/since';
import { type Column, rowsOf, Search, Table, useSelection } from '../parts/table';
import { type Agent, type Present, STATES, useAgents, useNowOf } from '../people';
import { peopleOf, usePeriod } from '../subject';
import { useWords } from '../words';

export function Agents({ place }: { place: Place }) {
  const { texts, format } = useWords();
  const question = useAgents(periodInput(place.period), place.zone, peopleOf(place));
  const whole = usePeriod(place, false, true).data?.subject?.callStats;
  const { present } = useNowOf(peopleOf(place));
  const columns = useMemo(() => columnsOf(texts, format, present), [texts, format, present]);
  const agents = question.data?.users.nodes;
  const { found, search, setSearch, sort, setSort } = useSelection(
    agents,
    columns,
    { key: 'calls', descending: true },
    ({ displayName, username, extension, groups }) =>
      `${displayName} ${username} ${extension?.extension ?? ''} ${groups.map(({ name }) => name).join(' ')}`,
  );
  const listed = agents?.reduce((sum, { callStats }) => sum + (callStats?.totalCall ?? 0), 0) ?? 0;
  const elsewhere = whole ? whole.totalCall - listed : 0;
  const total = whole && !search ? whole : undefined;
  return (
    <Panel
      title={texts.views.agents}
      question={question}
      data={found}
      rows={(shown) => rowsOf(columns, shown)}
      tools={
        <Search
          label={texts.searchAgents}
          value={search}
          onValue={setSearch}
          shown={found?.length ?? 0}
          all={agents?.length ?? 0}
        />
      }
      class="list"
    >
      {(shown) => (
        <>
          <Table
            caption={texts.views.agents}
            columns={columns}
            rows={shown}
            id={({ uuid }) => uuid}
            sort={sort}
            onSort={setSort}
            empty={texts.noMatch}
            footer={
              total &&
              (({ key, unit }) => {
                if (key === 'name') return texts.total;
                const value = figureIn(key, total);
                return value === undefined || !unit ? '' : format[unit](value);
              })
            }
          />
          {total && elsewhere > 0 && <p class="lead under">{texts.elsewhere(format.count(elsewhere))}</p>}
        </>
      )}
    </Panel>
  );
}

type Words = ReturnType<typeof useWords>;

function columnsOf(
  texts: Words['texts'],
  format: Words['format'],
  present: Map<string, Present> | undefined,
): Column<Agent>[] {
  const activity = ({ uuid }: Agent) => present?.get(uuid)?.activity ?? null;
  return [
    {
      key: 'name',
      title: texts.agent,
      value: ({ displayName }) => displayName,
      shown: ({ uuid, displayName }) => <Link to={{ agent: uuid, view: 'overview' }}>{displayName}</Link>,
    },
    { key: 'extension', title: texts.extension, value: ({ extension }) => extension?.extension ?? '' },
    {
      key: 'groups',
      title: texts.groupsOf,
      extra: true,
      value: ({ groups }) => groups.map(({ name }) => name).join(', '),
    },
    {
      key: 'now',
      title: texts.doesNow,
      value: (agent) => {
        const found = activity(agent);
        return found ? `${texts.states[found.state]}, ${texts.since} ${format.instant(found.since)}` : texts.loggedOut;
      },
      // By state, and within it who has been in it longest.
      order: (agent) => {
        const found = activity(agent);
        return found && `${STATES.indexOf(found.state)} ${found.since}`;
      },
      shown: (agent) => {
        const found = activity(agent);
        return (
          <span class="doing">
            <State state={found?.state ?? null} />
            {found && <Since instant={found.since} />}
          </span>
        );
      },
    },
    ...figureColumns<Agent>(texts, ({ callStats }) => callStats),
  ];
}
