"""The demo's days: the same whenever they are asked for, and believable."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest

from gateway.demo import company, generator
from gateway.demo.shift import Shares, chance
from gateway.ingest.records import ActivityRecord, CallRecord
from gateway.measures import DIRECTIONS, STATUSES

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
GOLDEN = "caf05620c650ea4ffc929d70be63096e8edac1d3fc1233ee9394f7466f530df0"
LATER = datetime(2026, 4, 1, tzinfo=UTC)


FOLLOWS = {
    "wait": {"talk", "pause"},  # a pause, where the next session begins
    "talk": {"dispo"},
    "dispo": {"wait", "pause"},
    "pause": {"wait", "pause"},
}


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def calls(day: date = MONDAY, now: datetime = LATER) -> list[CallRecord]:
    return list(generator.calls(day, now))


def activities(day: date = MONDAY, now: datetime = LATER) -> list[ActivityRecord]:
    return list(generator.activities(day, now))


def started(record: CallRecord | ActivityRecord) -> datetime:
    assert record.started_at is not None
    return record.started_at


def after(moment: datetime, seconds: int | None) -> datetime:
    assert seconds is not None
    return moment + timedelta(seconds=seconds)


def by_user(records: list[ActivityRecord]) -> Iterator[list[ActivityRecord]]:
    found: defaultdict[UUID | None, list[ActivityRecord]] = defaultdict(list)
    for record in records:
        found[record.user_uuid].append(record)
    return iter(found.values())


def test_a_day_is_the_same_on_every_machine_and_python() -> None:
    """The hash may change only together with SEED: a start appends to what is there."""
    text = "\n".join(
        [
            *(
                f"{c.call_uuid} {c.started_at} {c.direction} {c.status} {c.duration} {c.billsec}"
                f" {c.extension} {c.caller_number} {c.callee_number} {c.hangup_cause}"
                for c in calls()
            ),
            *(
                f"{a.activity_uuid} {a.user_uuid} {a.state} {a.started_at} {a.seconds}"
                f" {a.pause_code}"
                for a in activities()
            ),
        ]
    )
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN


def test_a_day_asked_for_twice_is_the_same() -> None:
    assert calls() == calls()
    assert activities() == activities()


def test_the_directory_is_the_same_and_whole() -> None:
    people = company.people()
    levels = [person.level for person in people]
    assert {level: levels.count(level) for level in dict.fromkeys(levels)} == {
        "agent": 200,
        "leader": 12,
        "manager": 4,
        "admin": 1,
    }
    assert len({person.username for person in people}) == len(people)
    assert all(person.username.isascii() for person in people)
    assert (len(company.TEAMS), len(company.DEPARTMENTS)) == (12, 4)
    assert sorted(len(person.extensions) for person in people)[-2:] == [1, 2]
    assert sum(not person.extensions for person in people) == 5
    assert sum(len(person.groups) == 2 for person in people) >= 20
    numbers = [number for person in people for number in person.extensions]
    assert numbers == [str(number) for number in range(1000, 1213)]


def test_a_call_is_there_once_it_has_ended() -> None:
    now = local(MONDAY, 10)
    early, late = calls(now=now), calls()
    assert 0 < len(early) < len(late)
    assert early == [call for call in late if after(started(call), call.duration) <= now]


def test_an_activity_is_there_once_it_has_begun_and_open_until_it_ends() -> None:
    now = local(MONDAY, 10)
    early, late = activities(now=now), {a.activity_uuid: a for a in activities()}
    is_open = [activity for activity in early if activity.seconds is None]
    assert 20 < len(is_open) <= len(company.callers())
    for activity in early:
        closed = late[activity.activity_uuid]
        assert started(closed) < now
        assert (activity.seconds is None) == (after(started(closed), closed.seconds) > now)
        assert msgspec.structs.replace(activity, seconds=closed.seconds) == closed
    assert len(early) == sum(started(activity) < now for activity in late.values())


def test_somebody_is_there_at_any_hour() -> None:
    for hour in range(24):
        for day in (MONDAY, SUNDAY):
            begun = activities(day, local(day, hour, 20))
            assert sum(activity.seconds is None for activity in begun) >= 4


def test_nobodys_work_goes_on_into_the_next_day() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(4)]
    for of_one in by_user([activity for day in days for activity in activities(day)]):
        for one, following in pairwise(of_one):
            assert after(started(one), one.seconds) <= started(following)


def test_nothing_is_there_before_the_day() -> None:
    midnight = local(MONDAY, 0)
    assert calls(now=midnight) == []
    assert activities(now=midnight) == []


def test_records_belong_to_their_local_day_and_are_valid() -> None:
    for call in calls():
        assert local(MONDAY, 0) <= started(call) < local(MONDAY, 0) + timedelta(days=1)
        assert call.direction in DIRECTIONS
        assert call.status in STATUSES
        assert call.direction == "inbound" or call.extension
        assert call.caller_number != call.callee_number


def test_lost_calls_have_no_extension() -> None:
    lost = {call.status for call in calls() if not call.extension}
    assert {"busy_line", "ivr"} <= lost <= {"busy_line", "ivr", "voicemail", "failed"}
    assert {call.status for call in calls() if call.extension}.isdisjoint({"busy_line", "ivr"})


def test_uuids_are_of_one_record_only() -> None:
    days = [MONDAY, MONDAY + timedelta(days=1)]
    uuids = [call.call_uuid for day in days for call in calls(day)]
    uuids += [activity.activity_uuid for day in days for activity in activities(day)]
    assert len(set(uuids)) == len(uuids)


@pytest.mark.parametrize("day", [MONDAY, SUNDAY])
def test_activities_of_a_person_do_not_overlap(day: date) -> None:
    for of_one in by_user(activities(day)):
        for one, following in pairwise(of_one):
            assert after(started(one), one.seconds) <= started(following)


def test_talk_lies_where_the_answered_calls_are() -> None:
    number_of = {
        number: person.user_uuid for person in company.people() for number in person.extensions
    }
    answered = [
        (
            number_of[str(call.extension)],
            after(started(call), call.duration),
            call.billsec,
        )
        for call in calls()
        if call.status == "answered"
    ]
    talks = [
        (a.user_uuid, after(started(a), a.seconds), a.seconds)
        for a in activities()
        if a.state == "talk"
    ]
    assert set(answered) == set(talks)
    assert len(talks) > 1000


def test_after_a_wait_comes_talk_and_after_talk_dispo() -> None:
    for of_one in by_user(activities()):
        states = [activity.state for activity in of_one]
        for state, following in pairwise(states):
            assert following in FOLLOWS[state or ""]
        assert all(bool(a.pause_code) == (a.state == "pause") for a in of_one)


def test_the_days_have_a_believable_shape() -> None:
    monday, sunday = calls(), calls(SUNDAY)
    hours = [(started(call) + timedelta(hours=7)).hour for call in monday]
    assert len(sunday) * 5 < len(monday)
    assert min(hours.count(9), hours.count(10)) > 2 * hours.count(12)
    assert min(hours.count(14), hours.count(15)) > 2 * hours.count(17)
    assert 0 < hours.count(19) < hours.count(17) + hours.count(18)
    answered = [c.status == "answered" for c in monday if c.direction == "inbound"]
    assert 0.70 < sum(answered) / len(answered) < 0.80


def test_two_months_are_about_150_000_calls() -> None:
    week = [MONDAY + timedelta(days=number) for number in range(7)]
    assert 140_000 < sum(len(calls(day)) for day in week) * 60 / 7 < 165_000
    assert 340_000 < sum(len(activities(day)) for day in week) * 60 / 7 < 450_000


def test_the_last_outcome_takes_what_rounding_leaves() -> None:
    shares = Shares({"never": 0.0, "always": 0.0})
    assert {shares.draw(chance("any")) for _ in range(10)} == {"always"}
