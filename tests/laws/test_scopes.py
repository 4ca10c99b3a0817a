"""The laws of what a viewer sees: its figures are a count over its people, told independently."""

from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.measures import STATES
from gateway.period import Grain
from gateway.store import directory
from gateway.store.agents import agent_time
from gateway.store.calls import (
    Ranking,
    call_buckets,
    call_credits,
    call_stats,
    call_stats_of_matches,
    calls_page,
    ranking_of_matches,
)
from gateway.store.directory import EVERY_USER
from gateway.store.scopes import bounds
from gateway.store.snapshot import Snapshot
from gateway.viewer import Role, Viewer
from tests.laws.conftest import Bench
from tests.laws.domains import Company, companies
from tests.laws.recount import agent_seconds, recounted, zeros
from tests.laws.test_calls import ALL, figures, part, total

RANKS = ("agent", "leader", "manager", "admin", "superadmin")


class Seen(NamedTuple):
    """A company and one of its users with a token; and, worked out here, whom it sees."""

    company: Company
    role: str
    user: UUID
    in_effect: str
    people: frozenset[UUID] | None

    @property
    def counted(self) -> list[UUID] | None:
        return None if self.people is None else list(self.people)


@st.composite
def seen(draw: st.DrawFn) -> Seen:
    company = draw(
        companies(most_calls=20, most_activities=2).filter(
            lambda found: (
                any(row["removed_at"] is None for row in found.world.rows["users"])
                if "users" in found.world.rows
                else False
            )
        )
    )
    users = company.world.rows["users"]
    for row in users:
        row["level"] = draw(st.sampled_from(["", *RANKS[:3], *RANKS[1:4]]))
    living = [row["user_uuid"] for row in users if row["removed_at"] is None]
    user = draw(st.sampled_from(living))
    role = draw(st.sampled_from([*RANKS[:4], "manager", "leader"]))
    levels = {row["user_uuid"]: row["level"] or "agent" for row in users}
    in_effect = min(role, levels[user], key=RANKS.index)
    return Seen(company, role, user, in_effect, people(company, levels, user, in_effect))


def people(
    company: Company, levels: dict[UUID, str], user: UUID, in_effect: str
) -> frozenset[UUID] | None:
    """The user, and who ranks lower in its teams and in the teams of its departments."""
    if in_effect == "admin":
        return None
    rows = company.world.rows
    teams = {
        row["group_uuid"]: row["department_uuid"]
        for row in rows.get("groups", [])
        if row["kind"] == "team"
    }
    members = [(row["group_uuid"], row["user_uuid"]) for row in rows.get("group_members", [])]
    own = {group for group, member in members if member == user and group in teams}
    departments = {teams[group] for group in own} - {None}
    around = own | {group for group, its in teams.items() if its in departments}
    below = {
        member
        for group, member in members
        if group in around and RANKS.index(levels[member]) < RANKS.index(in_effect)
    }
    return frozenset(below | {user})


@given(case=seen(), grain=st.sampled_from(Grain))
def test_what_is_seen_equals_a_count_over_the_people_seen(
    bench: Bench, case: Seen, grain: Grain
) -> None:
    world = case.company.world

    async def check() -> None:
        await bench.put(world)
        async with bench.snapshot(world, case.company.now) as snapshot:
            found = await bounds(snapshot, Role(case.role), case.user)
            assert (found.role, found.scope) == (case.in_effect, case.people)
            snapshot.viewer = Viewer(
                world.domain_uuid, found.role, world.domain_uuid, "laws", scope=found.scope
            )
            await check_calls(bench, snapshot, case, grain)
            await check_agent_time(bench, snapshot, case)
            await check_lists(bench, snapshot, case)

    bench.run(check())


async def check_calls(bench: Bench, snapshot: Snapshot, case: Seen, grain: Grain) -> None:
    uuid, period = case.company.world.domain_uuid, case.company.period
    for subject, keys in case.company.subjects().items():
        whole = await recounted(bench.owner, uuid, subject, period, None, case.counted)
        parts = dict(await recounted(bench.owner, uuid, subject, period, grain, case.counted))
        stats = await call_stats(snapshot, keys, subject, period, ALL)
        buckets = await call_buckets(snapshot, keys, subject, period, grain, ALL)
        listed = await calls_page(snapshot, keys, subject, period, 1000)
        for key in keys:
            expected = whole.get((key, None), zeros())
            assert figures(stats[key]) == expected
            assert len(listed.get(key, ())) == expected["total_call"]
            for bucket in buckets[key]:
                name = part(bucket, grain, period)
                assert figures(bucket) == parts.pop((key, name), zeros())
        assert not parts
    of_domain = await recounted(bench.owner, uuid, "domain", period, None, case.counted)
    credited = await call_credits(snapshot, period, None, ALL)
    assert total(row for _, row in credited) == of_domain.get((uuid, None), zeros())


async def check_agent_time(bench: Bench, snapshot: Snapshot, case: Seen) -> None:
    company = case.company
    none = dict.fromkeys(STATES, 0)
    for subject, keys in company.subjects().items():
        if subject == "extension":
            continue
        expected = await agent_seconds(
            bench.owner,
            company.world.domain_uuid,
            subject,
            company.period,
            company.now,
            whole=False,
            seen=case.counted,
        )
        found = await agent_time(snapshot, keys, subject, company.period)
        for key, row in found.items():
            spent = {state: row[f"total_{state}_sec"] for state in STATES}
            assert spent == none | dict(expected.get(key, {})), subject


async def check_lists(bench: Bench, snapshot: Snapshot, case: Seen) -> None:
    company, rows = case.company, case.company.world.rows
    everyone = set(company.users) if case.people is None else case.people
    living = everyone & {row["user_uuid"] for row in rows["users"] if row["removed_at"] is None}
    assert set(await directory.users_ever(snapshot)) == everyone
    assert {row["uuid"] for row in await directory.users_page(snapshot, 100)} == living
    assert await directory.users_count(snapshot) == len(living)
    by_user = await recounted(
        bench.owner, company.world.domain_uuid, "user", company.period, None, case.counted
    )
    matches = await call_stats_of_matches(snapshot, EVERY_USER, company.period, ALL)
    assert figures(matches) == total(row for (key, _), row in by_user.items() if key in living)
    ranking = Ranking("average_billsec", descending=True, limit=100)
    ranked = await ranking_of_matches(snapshot, EVERY_USER, company.period, ranking, ALL)
    assert {place["user"]["uuid"] for place in ranked} == living
    assert total(place["call_stats"] for place in ranked) == figures(matches)
    groups = {row["uuid"] for row in await directory.groups_page(snapshot, 100)}
    assert await directory.groups_count(snapshot) == len(groups)
    numbers = await directory.extensions_page(snapshot, 100)
    assert await directory.extensions_count(snapshot) == len(numbers)
    if case.people is not None:
        members = rows.get("group_members", [])
        assert groups == {row["group_uuid"] for row in members if row["user_uuid"] in everyone}
        assert {row["user_uuid"] for row in numbers} <= living
        ever = await directory.extensions_ever(snapshot)
        assert {row["user_uuid"] for row in ever.values()} <= everyone
