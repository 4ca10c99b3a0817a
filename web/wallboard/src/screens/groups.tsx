import { useMemo } from 'preact/hooks';

import { periodInput, type Place } from '../address';
import { figureColumns } from '../parts/figure-columns';
import { Link } from '../parts/link';
import { Panel } from '../parts/panel';
import { State } from '../parts/since';
import { type Column, rowsOf, Search, Table, useSelection } from '../parts/table';
import { countsOf, type Group, type Present, STATES, useGroups, useNowOf } from '../people';
import { useWords } from '../words';

export function Groups({ place }: { place: Place }) {
  const { texts } = useWords();
  const question = useGroups(periodInput(place.period), place.zone);
  const { present } = useNowOf(null);
  const columns = useMemo(() => columnsOf(texts, present), [texts, present]);
  const groups = question.data?.groups.nodes;
  const { found, search, setSearch, sort, setSort } = useSelection(
    groups,
    columns,
    { key: 'calls', descending: true },
    ({ name, department }) => `${name} ${department?.name ?? ''}`,
  );
  return (
    <Panel
      title={texts.views.groups}
      question={question}
      data={found}
      rows={(shown) => rowsOf(columns, shown)}
      tools={
        <Search
          label={texts.searchGroups}
          value={search}
          onValue={setSearch}
          shown={found?.length ?? 0}
          all={groups?.length ?? 0}
        />
      }
      class="list"
    >
      {(shown) => (
        <Table
          caption={texts.views.groups}
          columns={columns}
          rows={shown}
          id={({ uuid }) => uuid}
          sort={sort}
          onSort={setSort}
          empty={texts.noMatch}
        />
      )}
    </Panel>
  );
}

function columnsOf(
  texts: ReturnType<typeof useWords>['texts'],
  present: Map<string, Present> | undefined,
): Column<Group>[] {
  const counts = ({ users }: Group) => countsOf(users.map(({ uuid }) => present?.get(uuid)));
  return [
    {
      key: 'name',
      title: texts.group,
      value: ({ name }) => name,
      shown: ({ uuid, name }) => <Link to={{ group: uuid, agent: null, view: 'agents' }}>{name}</Link>,
    },
    { key: 'department', title: texts.department, extra: true, value: ({ department }) => department?.name ?? '' },
    { key: 'agents', title: texts.agents, unit: 'count', value: ({ users }) => users.length },
    {
      key: 'now',
      title: texts.doesNow,
      value: (group) => STATES.map((state) => `${texts.states[state]} ${counts(group)[state]}`).join(', '),
      order: (group) => counts(group).WAIT,
      shown: (group) => {
        const found = counts(group);
        return (
          <span class="state-row">
            {STATES.map((state) => (
              <span key={state} title={texts.states[state]}>
                <State state={state} /> {found[state]}
              </span>
            ))}
          </span>
        );
      },
    },
    ...figureColumns<Group>(texts, ({ callStats }) => callStats),
  ];
}
