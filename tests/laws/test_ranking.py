"""The laws of rankings: order, ranks and figures are those of a count over the raw calls."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.measures import DIRECTIONS, METRICS, RANKED
from gateway.store.calls import CallFilter, Ranking, call_stats_of_matches, ranking_of_matches
from gateway.store.directory import EVERY_USER, UserFilter
from tests.laws.conftest import Bench
from tests.laws.domains import Company, companies
from tests.laws.recount import Figures, recounted, zeros
from tests.laws.test_calls import ALL, figures, total

RANKINGS = st.builds(Ranking, st.sampled_from(list(RANKED)), st.booleans(), st.integers(0, 7))
# Few lengths and few calls make many equal values.
COMPANIES = companies() | companies(most_calls=4)


def exact(name: str, row: Figures) -> Fraction | None:
    metric = METRICS.get(name)
    if metric is None:
        return Fraction(row[name])
    below = row[metric.denominator]
    return Fraction(row[metric.numerator], below) if below else None


def ranked(
    people: Mapping[UUID, str], rows: Mapping[UUID, Figures], ranking: Ranking
) -> list[tuple[int, UUID]]:
    """Who stands where: one more than there are who are better."""
    values = {user: exact(ranking.by, rows[user]) for user in people}

    def place(user: UUID) -> tuple[bool, Fraction]:
        value = values[user]
        if value is None:
            return True, Fraction(0)
        return False, -value if ranking.descending else value

    order = sorted(people, key=lambda user: (place(user), people[user]))
    found = [(1 + sum(place(other) < place(user) for other in people), user) for user in order]
    return found[: ranking.limit]


@given(company=COMPANIES, ranking=RANKINGS, data=st.data())
def test_a_ranking_equals_a_sort_of_counts_over_the_raw_calls(
    bench: Bench, company: Company, ranking: Ranking, data: st.DataObject
) -> None:
    rows = company.world.rows
    group = data.draw(st.sampled_from([None, *company.groups]))
    members = {
        row["user_uuid"] for row in rows.get("group_members", []) if row["group_uuid"] == group
    }
    people = {
        row["user_uuid"]: row["username"]
        for row in rows.get("users", [])
        if row["removed_at"] is None and (group is None or row["user_uuid"] in members)
    }
    matching = EVERY_USER if group is None else UserFilter(groups=(group,))

    async def check() -> None:
        await bench.put(company.world)
        uuid, period = company.world.domain_uuid, company.period
        counted = await recounted(bench.owner, uuid, "user", period, None)
        expected = {user: counted.get((user, None), zeros()) for user in people}
        async with bench.snapshot(company.world, company.now) as snapshot:
            found = await ranking_of_matches(snapshot, matching, period, ranking, ALL)
        assert [(row["rank"], row["user"]["uuid"]) for row in found] == ranked(
            people, expected, ranking
        )
        for row in found:
            assert figures(row["call_stats"]) == expected[row["user"]["uuid"]]

    bench.run(check())


@given(
    company=COMPANIES,
    ranking=RANKINGS,
    directions=st.none() | st.lists(st.sampled_from(DIRECTIONS), unique=True).map(tuple),
)
def test_the_ranked_add_up_to_the_figures_of_all_that_match(
    bench: Bench, company: Company, ranking: Ranking, directions: Any
) -> None:
    """Each call is one user's at most, so every measure does."""
    matching = CallFilter(directions)

    async def check() -> None:
        await bench.put(company.world)
        async with bench.snapshot(company.world, company.now) as snapshot:
            asked = (snapshot, EVERY_USER, company.period)
            all_of_them = ranking._replace(limit=100)
            found = await ranking_of_matches(*asked, all_of_them, ALL, matching)
            together = await call_stats_of_matches(*asked, ALL, matching)
        assert total(row["call_stats"] for row in found) == figures(together)

    bench.run(check())
