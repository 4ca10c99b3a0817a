"""What becomes of activities that are imported."""

from uuid import uuid4

import pytest

from gateway.ingest.records import ActivityRecord, Reject
from tests.ingest.office import START, Office, activity, key, outcome, reasons


async def test_the_same_activities_again_change_nothing(office: Office) -> None:
    given = [activity(1), activity(2, seconds=None, pause_code="tea"), activity(3, state="wait")]
    assert outcome(await office.activities(*given)) == (3, 0, 0, 0, 0)
    before = await office.all()
    assert outcome(await office.activities(*given)) == (0, 0, 3, 0, 0)
    assert await office.all() == before


async def test_an_open_activity_ends(office: Office) -> None:
    await office.activities(activity(1, seconds=None))
    assert outcome(await office.activities(activity(1, seconds=90))) == (0, 1, 0, 0, 0)
    (stored,) = await office.rows("agent_activities")
    assert stored == {
        "activity_uuid": key(1),
        "user_uuid": key("an"),
        "state": "pause",
        "started_at": START,
        "seconds": 90,
        "pause_code": "",
        "source": "",
    }


async def test_an_activity_is_somebodys(office: Office) -> None:
    found: list[Reject] = []
    stranger = uuid4()
    counts = await office.activities(
        activity(1, user_uuid=None, username="binh"),
        activity(2, user_uuid=None, username="nobody"),
        activity(3, user_uuid=stranger),
        on_reject=found.append,
    )
    assert outcome(counts) == (1, 0, 0, 0, 2)
    (stored,) = await office.rows("agent_activities")
    assert stored["user_uuid"] == key("binh")
    assert reasons(found) == [
        (2, 'no user "nobody" in the directory of this domain'),
        (3, f"no user {stranger} in the directory of this domain"),
    ]


async def test_deletions_and_undo(office: Office) -> None:
    await office.activities(activity(1), activity(2))
    gone = await office.activities(
        ActivityRecord(activity_uuid=key(1), deleted=True), activity(2, seconds=1), activity(3)
    )
    assert outcome(gone) == (1, 1, 0, 1, 0)
    assert len(await office.rows("agent_activities")) == 2
    assert outcome(await office.undo(gone)) == (1, 1, 0, 1, 0)
    stored = await office.rows("agent_activities")
    assert {row["activity_uuid"]: row["seconds"] for row in stored} == {key(1): 60, key(2): 60}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seconds": 604_801}, "more than 7 days"),
        ({"user_uuid": None}, "give username or user_uuid"),
        ({"username": "an"}, "give username or user_uuid"),
        ({"state": None, "started_at": None}, "state, started_at are missing"),
        ({"activity_uuid": None}, "activity_uuid is missing: give it, or source and source_key"),
    ],
)
def test_what_an_activity_must_have(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        activity(1, **changes)
